import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook(sys.argv[1])


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        # Over the body as it came: parsed and written again, it is another one.
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        try:
            message = webhook.verify(body, {name.lower(): value for name, value in self.headers.items()})
            # Who is offered work is sent a task.
            told = message["data"].get("promise") or message["data"]["task"]
            print(f"{self.headers['webhook-id']}: {told['id']}", flush=True)
            self.send_response(204)
        except WebhookVerificationError:
            self.send_response(401)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


server = HTTPServer(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0), Receiver)
print(f"receiving on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
