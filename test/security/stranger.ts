import { spawn } from 'node:child_process'
import type { TestHost } from '../../testbed/test-host.ts'

/** The unprivileged user of a test host, to whom /srv/app belongs. */
export const STRANGER = 1001

/** What the stranger wants root to follow a link to. */
export const targets = {
  /** A file of the stranger's own, which it has open for reading. */
  'its own file': '/home/app/loot',
  /** 0600, root's. */
  "root's file": '/root/victim',
  /** 0700, root's. */
  "root's directory": '/root/victims',
  /** Of uid 1002. */
  'another stack': '/srv/other/data',
} as const

export interface Attack {
  /**
   * `names`: lays a link under each name that the step was once seen to open, as soon as it knows the run's token.
   * A program: puts a link in the place of the first part of the last path that this program is given.
   */
  readonly at: string
  readonly to: keyof typeof targets
}

/** Programs that a slow machine starts late, so that a race is won each time and not one time in ten. */
const SLOW = 'base64 chmod chown cp dd docker install ln mkdir mktemp mv rm rmdir rsync sync tar'

/** The user, its programs, and what it must not get at: another stack, and files of root. Once for each host. */
export async function settleStranger({ must }: TestHost): Promise<void> {
  await must(`
useradd -m -u ${STRANGER} app; useradd -m -u 1002 other; chmod 755 /home/app
cat > /usr/local/lib/stranger.pl <<'PROGRAM'
${program}
PROGRAM
for name in ${SLOW}; do
  printf '#!/bin/sh\\nsleep 0.04\\nexec /usr/bin/%s "$@"\\n' $name > /usr/local/bin/$name
  chmod 755 /usr/local/bin/$name
done
# As every rsync before 3.5, which most hosts have: it follows links of any owner.
! rsync --help | grep -q -e --insecure-links || sed -i 's/rsync "/rsync --insecure-links "/' /usr/local/bin/rsync`)
}

/** Lays /srv/app of the stranger's anew, and all that is watched. */
export const layVictims = `
rm -rf /srv/app /srv/other /root/victim /root/victims /home/app/loot /home/app/read /home/app/tokens
mkdir -p /srv/other/data/sub /root/victims/sub; chmod 700 /root/victims
echo 'only for root' > /root/victim; chmod 600 /root/victim
cp /root/victim /root/victims/a.png; cp /root/victim /root/victims/sub/a.png
for name in a.png b.png c.png sub/a.png .env; do echo "other $name" > /srv/other/data/$name; done
chown -R 1002:1002 /srv/other; chmod 600 /srv/other/data/.env
mkdir /srv/app; : > /home/app/loot; chmod 666 /home/app/loot; chown ${STRANGER}:${STRANGER} /srv/app /home/app/loot`

const print = `for path in /root/victim /root/victims /srv/other; do
  find "$path" -printf '%p %y %m %U:%G %l\\n' | sort; find "$path" -type f -exec sha256sum {} + | sort
done`

/** What the stranger must not be able to change. */
export const watched = ({ must }: TestHost) => must(print)

/** Files in which the stranger finds this text, what it has read while they were open among them. */
export async function readBy({ exec }: TestHost, text: string): Promise<readonly string[]> {
  const search = `setpriv --reuid ${STRANGER} --regid ${STRANGER} --clear-groups grep -rlF -e '${text}' /srv /home/app /tmp /var/lib/reinstate 2> /dev/null`
  const { stdout } = await exec(search)
  return stdout.split('\n').filter(Boolean)
}

/** Tokens of runs that the stranger has read in argument lists. */
export async function tokensSeen({ must }: TestHost): Promise<readonly string[]> {
  const text = await must('cat /home/app/tokens 2> /dev/null || :')
  return text.split('\n').filter(Boolean)
}

/** Runs the stranger's program while `doing` goes on. `learn`: it only writes down which names are opened. */
export async function withStranger(
  testHost: TestHost,
  attack: Attack | 'learn',
  doing: () => Promise<unknown>,
): Promise<void> {
  const words = attack === 'learn' ? ['learn', '/'] : [attack.at, targets[attack.to]]
  const running = spawn(
    'docker',
    ['exec', '-u', `${STRANGER}`, testHost.name, 'perl', '/usr/local/lib/stranger.pl', '/srv/app', ...words],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const ended = new Promise((resolve) => running.once('close', resolve))
  await new Promise((resolve) => running.stdout.once('data', resolve))
  try {
    await doing()
  } finally {
    await testHost.must('touch /home/app/stop; chmod 666 /home/app/stop')
    await ended
    await testHost.must('rm -f /home/app/stop')
  }
}

/** perl-base is on each Debian; the two calls by number are inotify_init1 and inotify_add_watch of x86-64 and arm64. */
const program = String.raw`
use strict; use Fcntl; use POSIX ();
my ($dir, $at, $target) = @ARGV;
my $uuid = qr/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;
my ($init, $add) = (POSIX::uname())[4] eq 'aarch64' ? (26, 27) : (294, 254);
open my $loot, '<', '/home/app/loot';
my (%token, %laid, $moved);
sub write_to { my ($file, @lines) = @_; open my $out, '>>', $file or return; print $out "$_\n" for @lines; close $out }
sub lay { my ($path) = @_; $laid{$path} = 1 if symlink $target, $path }
sub swap { my ($path) = @_; return if -l $path; rename $path, "$dir/moved." . $moved++ if -e $path; lay($path) }
my @names;
if ($at eq 'names' and open my $in, '<', '/home/app/names') { chomp(@names = <$in>); my %once; @names = grep { !$once{$_}++ } @names }
my $events;
if ($at eq 'learn') {
  my $fd = syscall($init, 04000); syscall($add, $fd + 0, $dir, 0x100 | 0x80 | 0x20); open $events, '<&=', $fd;
}
my %before = map { $_ => 1 } glob("$dir/* $dir/.*");
$| = 1; print "ready\n";
my $ends = time + 60;
until (-e '/home/app/stop' or time > $ends) {
  opendir my $proc, '/proc'; my @pids = grep { /^\d+$/ and $_ != $$ } readdir $proc; closedir $proc;
  for my $pid (reverse @pids) {
    open my $in, '<', "/proc/$pid/cmdline" or next; local $/; my $line = <$in>; close $in;
    next unless defined $line and length $line;
    # The rename that claims a command has its id as an argument, as docs/security.md says.
    if ($line !~ m{(?:^|/)mv\0-T\0[^\0]*/\.stage\.} and $line =~ m{runs/($uuid)_} and !$token{$1}++) { write_to('/home/app/tokens', $1) }
    next if $at eq 'names' or $at eq 'learn';
    my @words = split /\0/, $line;
    next unless grep { m{(^|/)\Q$at\E$} } @words[0, 1];
    my @paths = map { m{(?:^|[="])\Q$dir\E/([^/]+)} ? $1 : () } @words;
    if (@paths) { swap("$dir/$paths[-1]"); next }
    # Relative ones: of a program that works within the directory.
    for my $word (@words) { $word =~ m{^(?:\./)?([^/]+)/} or next; for my $base (glob "$dir/*") { swap("$base/$1") if -d "$base/$1" and !-l $base } }
  }
  if ($at eq 'names') {
    for (1 .. (%token ? 4000 : 1)) {
      for my $token (keys %token) { for my $name (@names) { (my $path = $name) =~ s/TOKEN/$token/; lay("$dir/$path") } }
    }
    # A name that nobody could know is met when it is there.
    for my $path (glob "$dir/.*") { next if $before{$path}++ or $laid{$path} or $path =~ m{/\.\.?$}; (my $plain = $path) =~ s/$uuid/TOKEN/; swap($path) unless grep { "$dir/$_" eq $plain } @names }
  }
  if ($events) {
    my %seen;
    while (sysread $events, my $bytes, 65536) {
      while (length $bytes) { my ($mask, $length) = (unpack 'iIII', $bytes)[1, 3]; my $name = unpack 'Z*', substr $bytes, 16, $length; substr($bytes, 0, 16 + $length) = ''; $name =~ s/$uuid/TOKEN/; $seen{$name} = 1 if length $name }
    }
    write_to('/home/app/names', grep { /TOKEN/ } keys %seen);
  }
  if (sysread $loot, my $text, 65536) { write_to('/home/app/read', $text) }
}
if (sysread $loot, my $text, 65536) { write_to('/home/app/read', $text) }
`
