"""uploads.py FOLDER: files of every sort that a copy can get wrong. uploads.py --list FOLDER: all that is true of them."""
import hashlib, os, stat, sys


def write(path, content):
    os.makedirs(os.path.dirname(path) or b'.', exist_ok=True)
    with open(path, 'wb') as file:
        file.write(content)


def make(top):
    os.chdir(top)
    for name in (b'with blanks.txt', b'with\nline feeds\n.txt', 'Grüße 你好.txt'.encode(), b'-rf', b'--delete', b'not\xff utf8', b'*?[a].txt', b"it's \"quoted\" $HOME `id`", b' leading and trailing '):
        write(b'2026/' + name, b'content of ' + name)
    write(b'empty', b'')
    write(b'.hidden/.file', b'dots')
    write(b'photos/original.jpg', os.urandom(300_000))
    os.link(b'photos/original.jpg', b'photos/the same.jpg')
    os.link(b'photos/original.jpg', b'2026/-linked too.jpg')
    os.symlink(b'../2026/with blanks.txt', b'photos/link')
    os.symlink(b'/nowhere/at/all', b'photos/dangling')
    with open(b'sparse.img', 'wb') as file:
        file.truncate(50_000_000)
        file.seek(20_000_000)
        file.write(b'in the middle')
    os.makedirs(b'an empty folder')
    os.setxattr(b'photos/original.jpg', b'user.camera', b'kept\x00with a NUL')
    os.setxattr(b'2026/with\nline feeds\n.txt', b'user.note', b'odd')
    os.setxattr(b'an empty folder', b'user.note', b'of a folder')
    os.chown(b'2026/-rf', 1234, 4321)
    os.chmod(b'2026/--delete', 0o4751)
    os.chmod(b'an empty folder', 0o2770)
    os.utime(b'2026/with blanks.txt', (1_700_000_000, 1_700_000_000))


def listed(top):
    os.chdir(top)
    groups = {}
    for folder, folders, files in sorted(os.walk(b'.')):
        folders.sort()
        for name in [b''] + sorted(files) + sorted(one for one in folders if os.path.islink(os.path.join(folder, one))):
            path = os.path.join(folder, name)
            at = os.lstat(path)
            group = groups.setdefault(at.st_ino, path) if at.st_nlink > 1 and not stat.S_ISDIR(at.st_mode) else b''
            content = b''
            if stat.S_ISLNK(at.st_mode):
                content = os.readlink(path)
            elif stat.S_ISREG(at.st_mode):
                with open(path, 'rb') as file:
                    content = hashlib.sha256(file.read()).hexdigest()
            attributes = [] if stat.S_ISLNK(at.st_mode) else [(one, os.getxattr(path, one)) for one in sorted(os.listxattr(path))]
            time = int(at.st_mtime) if stat.S_ISREG(at.st_mode) else 0
            print(repr(path), oct(at.st_mode), at.st_uid, at.st_gid, time, content, attributes, 'linked to', group)


listed(os.fsencode(sys.argv[2])) if sys.argv[1] == '--list' else make(os.fsencode(sys.argv[1]))
