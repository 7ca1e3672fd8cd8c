import { httpLoad } from '../../../src/steps/http-load/index.ts'
import type { Joined } from '../contract.ts'

/** A web server at port 18080 that does what /srv/mode says: `ok`, `fail`, `slow SECONDS`, or `token`, which wants a header. */
export const loadedServer = `
echo ok > /srv/mode
cat > /srv/server.py <<'END'
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        mode, *words = open('/srv/mode').read().split()
        if mode == 'slow': time.sleep(float(words[0]))
        fails = mode == 'fail' or (mode == 'token' and self.headers.get('X-Token') != words[0])
        self.send_response(500 if fails else 200)
        self.end_headers()
    def log_message(self, *_): pass
class Server(ThreadingHTTPServer):
    request_queue_size = 1000
Server(('', 8080), Handler).serve_forever()
END
docker run -d --name web -p 18080:8080 -v /srv:/srv:ro --user 0 --entrypoint python3 testbed/guestbook:1 /srv/server.py > /dev/null
until curl -s -o /dev/null http://127.0.0.1:18080/; do sleep 0.1; done`

export const joined: Joined = {
  kind: httpLoad,
  cases: [
    {
      name: 'that goes on',
      fields: { url: 'http://127.0.0.1:18080/', perSecond: 5, atMost: '20 seconds' },
      arrange: loadedServer,
    },
    {
      name: 'for a time',
      fields: { url: 'http://127.0.0.1:18080/', perSecond: 5, for: '1 second' },
      arrange: loadedServer,
    },
  ],
}
