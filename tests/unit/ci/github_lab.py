"""A GitHub in this process, with the comments and issues of one repository."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BOT, PERSON = {"type": "Bot", "login": "github-actions[bot]"}, {"type": "User", "login": "mallory"}


class GitHubHere:
    """Comments and issues of one repository, as the REST API answers for them."""

    def __init__(self) -> None:
        self.comments: dict[int, dict[str, Any]] = {}
        self.issues: dict[int, dict[str, Any]] = {}
        self.asked: list[tuple[str, str]] = []
        self.status = 200
        here = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else {}
                here.asked.append((self.command, self.path.partition("?")[0]))
                right = self.headers["Authorization"] == "Bearer of-the-job"
                status = here.status if right else 401
                answer = here.serve(self.command, self.path, body) if status == 200 else {"message": "no"}
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PATCH = _answer

            def log_message(self, *_unused: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def serve(self, method: str, path: str, body: dict[str, Any]) -> Any:
        plain, _mark, query = path.removeprefix("/repos/octo/shop/").partition("?")
        page = int(dict(part.split("=") for part in query.split("&") if "=" in part).get("page", 1))
        if plain == "token":
            return {"value": f"token for {query}"}
        if found := re.fullmatch(r"issues/(\d+)/comments", plain):
            of = int(found[1])
            if method == "GET":
                listed = [one for one in self.comments.values() if one["of"] == of]
                return listed[(page - 1) * 100 : page * 100]
            number = len(self.comments) + 1
            self.comments[number] = {"id": number, "of": of, "user": BOT, **body}
            return self.comments[number]
        if found := re.fullmatch(r"issues/comments/(\d+)", plain):
            self.comments[int(found[1])] |= body
            return self.comments[int(found[1])]
        if plain == "issues" and method == "GET":
            listed = [one for one in self.issues.values() if one["state"] == "open"]
            return listed[(page - 1) * 100 : page * 100]
        if plain == "issues":
            number = len(self.issues) + 1
            self.issues[number] = {"number": number, "state": "open", "user": BOT, **body}
            return self.issues[number]
        number = int(plain.removeprefix("issues/"))
        self.issues[number] |= body
        return self.issues[number]
