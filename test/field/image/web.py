"""Any application: / tells how many rows its database holds, /add?rows=N adds some. The environment says which database."""
import base64, hashlib, json, os, signal, sqlite3
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

KIND = os.environ.get('DB_KIND', 'none')
UPSTREAM = os.environ.get('UPSTREAM')
# With a key, its rows are credentials as n8n keeps them.
KEY = os.environ.get('N8N_ENCRYPTION_KEY')
if 'N8N_ENCRYPTION_KEY_FILE' in os.environ:
    KEY = open(os.environ['N8N_ENCRYPTION_KEY_FILE']).read().strip()
TABLE, COLUMN = ('credentials_entity', 'data') if KEY else ('entries', 'note')


def connect():
    words = dict(host=os.environ.get('DB_HOST', 'db'), password=os.environ.get('DB_PASSWORD'), connect_timeout=3)
    if KIND == 'postgres':
        import psycopg2
        return psycopg2.connect(dbname=os.environ.get('DB_NAME', 'app'), user=os.environ.get('DB_USER', 'postgres'), **words)
    if KIND == 'mariadb':
        import pymysql
        return pymysql.connect(database=os.environ.get('DB_NAME', 'app'), user=os.environ.get('DB_USER', 'root'), charset='utf8mb4', **words)
    return sqlite3.connect(os.environ['DB_FILE'], timeout=3)


if KIND == 'sqlite':
    # Kept open, so that what is written stays in the -wal until a clean end.
    kept = connect()
    if os.environ.get('DB_WAL'):
        kept.execute('pragma journal_mode = wal')
        kept.execute('pragma wal_autocheckpoint = 0')


def cipher(salt):
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    made = block = b''
    while len(made) < 48:
        block = hashlib.md5(block + KEY.encode() + salt).digest()
        made += block
    return Cipher(algorithms.AES(made[:32]), modes.CBC(made[32:48]))


def encrypted(text):
    from cryptography.hazmat.primitives.padding import PKCS7
    salt, padder = os.urandom(8), PKCS7(128).padder()
    encryptor = cipher(salt).encryptor()
    padded = padder.update(json.dumps({'note': text}).encode()) + padder.finalize()
    return base64.b64encode(b'Salted__' + salt + encryptor.update(padded) + encryptor.finalize()).decode()


def is_readable(text):
    from cryptography.hazmat.primitives.padding import PKCS7
    raw = base64.b64decode(text)
    decryptor, unpadder = cipher(raw[8:16]).decryptor(), PKCS7(128).unpadder()
    try:
        padded = decryptor.update(raw[16:]) + decryptor.finalize()
        return 'note' in json.loads(unpadder.update(padded) + unpadder.finalize())
    except ValueError:
        return False


def add(count):
    connection = connect()
    cursor = connection.cursor()
    cursor.execute(f'create table if not exists {TABLE} (id integer, {COLUMN} text)')
    cursor.execute(f'select count(*) from {TABLE}')
    before = cursor.fetchone()[0]
    mark = '?' if KIND == 'sqlite' else '%s'
    for number in range(before + 1, before + count + 1):
        note = f'row {number}'
        cursor.execute(f'insert into {TABLE} values ({mark}, {mark})', (number, encrypted(note) if KEY else note))
    connection.commit()
    connection.close()


def page():
    if UPSTREAM:
        return json.load(urlopen(UPSTREAM, timeout=5))
    if KIND == 'none':
        return {'status': 'ok'}
    connection = connect()
    try:
        cursor = connection.cursor()
        cursor.execute(f'select {COLUMN} from {TABLE}')
        notes = [note for (note,) in cursor.fetchall()]
    finally:
        connection.close()
    if KEY and not all(map(is_readable, notes[:50])):
        raise RuntimeError('the rows cannot be decrypted with this key')
    return {'rows': len(notes)}


class Web(BaseHTTPRequestHandler):
    def do_GET(self):
        asked = urlsplit(self.path)
        try:
            if asked.path == '/add':
                add(int(parse_qs(asked.query)['rows'][0]))
            self.answer(200, page())
        except Exception as error:
            self.answer(503, {'reason': (str(error) or repr(error)).strip().splitlines()[0]})

    def answer(self, code, content):
        text = json.dumps(content).encode()
        self.send_response(code)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text)


# Ends without closing the database, as a program that is killed.
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
ThreadingHTTPServer.daemon_threads = True
ThreadingHTTPServer(('0.0.0.0', 8000), Web).serve_forever()
