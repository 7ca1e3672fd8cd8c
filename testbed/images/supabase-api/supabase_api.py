"""A stand-in for Supabase's API, with PostgREST's port and libpq's variables. It makes no tables: an empty database is an error."""
import os, pathlib, socket
from json_service import NOT_FOUND, JsonService, query, serve

STACK = os.environ.get('STACK_MARK') or socket.gethostname()
SUMMARY = (pathlib.Path(__file__).parent / 'summary.sql').read_text()


class Supabase(JsonService):
    def get(self, path):
        if path == '/health':
            query({}, 'select id from products limit 1')
            return 200, {'status': 'ok'}
        if path == '/rest/v1/summary':
            ((rows, total, realm),) = query({}, SUMMARY)
            return 200, {'rows': rows, 'sum': total, 'realm': realm}
        return NOT_FOUND

    def post(self, path, body):
        if path != '/rest/v1/products':
            return NOT_FOUND
        ((identity,),) = query({}, "insert into products (title, body) values ('New', %s) returning id", (body,))
        return 201, {'id': identity, 'stack': STACK}


serve(Supabase, 3000)
