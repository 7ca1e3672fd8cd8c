"""A shop: orders in a database, PostgreSQL or MariaDB as DATABASE_URL says, and uploads in /uploads."""
import hashlib, json, os, signal, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

URL = urlsplit(os.environ['DATABASE_URL'])
COLUMNS = 'id, item, price, note'


def connect():
    words = dict(host=URL.hostname, user=URL.username, password=URL.password, connect_timeout=3)
    if URL.scheme == 'mysql':
        import pymysql
        return pymysql.connect(database=URL.path[1:], charset='utf8mb4', **words)
    import psycopg2
    return psycopg2.connect(dbname=URL.path[1:], **words)


def orders():
    connection = connect()
    try:
        cursor = connection.cursor()
        cursor.execute(f'select {COLUMNS} from orders order by id')
        rows = cursor.fetchall()
    finally:
        connection.close()
    return {'orders': len(rows), 'sum': hashlib.md5(repr([tuple(map(str, row)) for row in rows]).encode()).hexdigest()}


def uploads():
    files = [os.path.join(folder, name) for folder, _, names in os.walk(b'/uploads') for name in names]
    return {'uploads': len(files)}


class Shop(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path not in ('/', '/health'):
            return self.answer(404, {'reason': 'there is no such page'})
        try:
            self.answer(200, {**orders(), **uploads()} if self.path == '/' else {'status': 'ok'})
        except Exception as error:
            self.answer(503, {'reason': str(error).strip().splitlines()[0]})

    def answer(self, code, content):
        text = json.dumps(content).encode()
        self.send_response(code)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
ThreadingHTTPServer.daemon_threads = True
ThreadingHTTPServer(('0.0.0.0', 8000), Shop).serve_forever()
