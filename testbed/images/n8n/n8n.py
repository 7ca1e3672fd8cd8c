"""A stand-in for n8n with its names: port, paths, variables, tables. What it says is what its database holds."""
import os, pathlib, socket, sys, threading, time
import psycopg2
from credentials import is_readable
from database import migrate, query
from json_service import NOT_FOUND, JsonService, serve

KEY = os.environ['N8N_ENCRYPTION_KEY']
SCHEDULES = os.environ.get('SCHEDULES', 'off')
SCHEDULE_SECONDS = float(os.environ.get('SCHEDULE_SECONDS', '2'))
# Which stack answers; without a mark each container has a name of its own.
STACK = os.environ.get('STACK_MARK') or socket.gethostname()
SUMMARY = (pathlib.Path(__file__).parent / 'summary.sql').read_text()


class N8n(JsonService):
    def get(self, path):
        if path == '/healthz':
            return health()
        if path == '/rest/workflows':
            ((workflows, rows, total),) = query(SUMMARY)
            return 200, {'workflows': workflows, 'rows': rows, 'sum': total}
        if path == '/rest/credentials':
            return 200, credentials()
        if path == '/rest/schedules':
            ((runs,),) = query('select count(*) from scheduled_runs')
            return 200, {'schedules': SCHEDULES, 'runs': runs, 'stack': STACK}
        return NOT_FOUND

    def post(self, path, body):
        if not path.startswith('/webhook/'):
            return NOT_FOUND
        workflow = path.removeprefix('/webhook/')
        # One statement, so one transaction: what is acknowledged is there, with its execution.
        ((identity,),) = query(
            "with execution as (insert into execution_entity (workflow, mode) values (%s, 'webhook'))"
            ' insert into orders (workflow, body) values (%s, %s) returning id', (workflow, workflow, body))
        return 200, {'id': identity, 'stack': STACK}


def credentials():
    readable = [is_readable(data, KEY) for (data,) in query('select data from credentials_entity')]
    return {'readable': sum(readable), 'unreadable': len(readable) - sum(readable)}


def health():
    unreadable = credentials()['unreadable']
    if unreadable:
        return 503, {'status': 'error', 'reason': f'{unreadable} credentials cannot be decrypted'}
    return 200, {'status': 'ok'}


def run_schedules():
    while True:
        time.sleep(SCHEDULE_SECONDS)
        try:
            query("with execution as (insert into execution_entity (workflow, mode) values ('nightly-prints', 'trigger'))"
                  ' insert into scheduled_runs (stack) values (%s)', (STACK,))
        except psycopg2.Error as error:
            print('schedule not run:', str(error).strip(), file=sys.stderr)


def start():
    migrate()
    if SCHEDULES == 'on':
        run_schedules()


threading.Thread(target=start, daemon=True).start()
serve(N8n, 5678)
