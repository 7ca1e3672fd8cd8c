"""What the small services share: JSON over HTTP, and one query to a connection."""
import json, signal, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import psycopg2


def query(settings, sql, values=()):
    """The rows of one statement, in a connection and a transaction of its own."""
    connection = psycopg2.connect(connect_timeout=3, **settings)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def first_line(error):
    return str(error).strip().splitlines()[0]


class JsonService(BaseHTTPRequestHandler):
    """Answers what `get` and `post` return: a status and its content. Without the database all of it is 503."""
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        self.attempt(lambda: self.get(self.path))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0)).decode('utf8', 'replace')
        self.attempt(lambda: self.post(self.path, body))

    def attempt(self, act):
        try:
            status, content = act()
        except (psycopg2.Error, ValueError) as error:
            status, content = 503, {'reason': first_line(error)}
        text = json.dumps(content).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_request(self, code='-', size='-'):
        if int(code) >= 400:
            super().log_request(code, size)


NOT_FOUND = 404, {'reason': 'there is no such page'}


def serve(service, port):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer.daemon_threads = True
    ThreadingHTTPServer(('0.0.0.0', port), service).serve_forever()
