"""A guestbook as real ones are: its state is in the database, and it writes a row at each start."""
import json, os, pathlib, signal, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import psycopg2

TABLES = {'entries', 'guests', 'starts'}
SUMMARY = (pathlib.Path(__file__).parent / 'summary.sql').read_text()


def query(sql, values=()):
    connection = psycopg2.connect(os.environ['DATABASE_URL'], connect_timeout=3)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchone()
    finally:
        connection.close()


def what_is_wrong():
    try:
        (found,) = query("select coalesce(array_agg(tablename::text), '{}') from pg_tables where schemaname = 'public'")
    except psycopg2.Error as error:
        return 'the database does not answer: ' + str(error).strip().splitlines()[0]
    missing = sorted(TABLES - set(found))
    return f"tables are missing: {', '.join(missing)}" if missing else None


class Guestbook(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        if self.path == '/health':
            wrong = what_is_wrong()
            return self.answer(503, {'status': 'unhealthy', 'reason': wrong}) if wrong else self.answer(200, {'status': 'ok'})
        if self.path == '/entries/summary':
            return self.attempt(200, SUMMARY, (), lambda row: {'rows': row[0], 'sum': row[1]})
        self.answer(404, {'reason': 'there is no such page'})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0)).decode('utf8', 'replace')
        if self.path != '/entries':
            return self.answer(404, {'reason': 'there is no such page'})
        self.attempt(201, "insert into entries (guest, body) values (1, %s) returning id", (body,), lambda row: {'id': row[0]})

    def attempt(self, code, sql, values, shape):
        try:
            content = shape(query(sql, values))
        except (psycopg2.Error, ValueError) as error:
            return self.answer(503, {'reason': str(error).strip().splitlines()[0]})
        self.answer(code, content)

    def answer(self, code, content):
        text = json.dumps(content).encode()
        self.send_response(code)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def note_start():
    """Kept up until it is noted: the database may come up later than this."""
    while True:
        try:
            return query('insert into starts default values returning id')
        except psycopg2.Error as error:
            print('start not noted:', str(error).strip(), file=sys.stderr)
            time.sleep(1)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
threading.Thread(target=note_start, daemon=True).start()
ThreadingHTTPServer.daemon_threads = True
ThreadingHTTPServer(('0.0.0.0', 8000), Guestbook).serve_forever()
