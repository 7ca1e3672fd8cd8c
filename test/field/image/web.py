"""Any application: / tells how many rows its database holds, /add?rows=N adds some. The environment says which database."""
import base64, hashlib, json, os, signal, sqlite3
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

KIND = os.environ.get('DB_KIND', 'none')
UPSTREAM = os.environ.get('UPSTREAM')
KEY = os.environ.get('N8N_ENCRYPTION_KEY') or os.environ.get('SECRET_KEY')


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


def encrypted(text):
    from cryptography.fernet import Fernet
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(KEY.encode()).digest())).encrypt(text.encode()).decode()


def is_readable(text):
    from cryptography.fernet import Fernet, InvalidToken
    try:
        Fernet(base64.urlsafe_b64encode(hashlib.sha256(KEY.encode()).digest())).decrypt(text.encode())
        return True
    except InvalidToken:
        return False


def add(count):
    connection = connect()
    cursor = connection.cursor()
    cursor.execute('create table if not exists entries (id integer, note text)')
    cursor.execute('select count(*) from entries')
    before = cursor.fetchone()[0]
    mark = '?' if KIND == 'sqlite' else '%s'
    for number in range(before + 1, before + count + 1):
        note = f'row {number}'
        cursor.execute(f'insert into entries values ({mark}, {mark})', (number, encrypted(note) if KEY else note))
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
        cursor.execute('select note from entries')
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
