# SPDX-License-Identifier: LGPL-2.1-or-later
"""A server on 127.0.0.1 that stands in for the services of models: what Claude Code, Codex, Gemini CLI and opencode ask, and
answers by a script.  A script is a list of steps, each a text that ends the turn or a (tool, arguments) to be called; the
number of tool results in a request says which step is next, so nothing is kept between requests."""

import http.server
import json
import threading


def sse(*events):
    return "".join((f"event: {event['type']}\n" if "type" in event else "") + f"data: {json.dumps(event)}\n\n" for event in events).encode()


def anthropic(step, n, model):
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": f"msg_{n}", "type": "message", "role": "assistant", "model": model, "content": [], "stop_reason": None,
               "stop_sequence": None, "usage": usage}
    if isinstance(step, str):
        block, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": step}
    else:
        block = {"type": "tool_use", "id": f"toolu_{n:024}", "name": step[0], "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(step[1])}
    return sse({"type": "message_start", "message": message},
               {"type": "content_block_start", "index": 0, "content_block": block},
               {"type": "content_block_delta", "index": 0, "delta": delta},
               {"type": "content_block_stop", "index": 0},
               {"type": "message_delta", "delta": {"stop_reason": "end_turn" if isinstance(step, str) else "tool_use", "stop_sequence": None},
                "usage": usage},
               {"type": "message_stop"})


def responses(step, n, model):
    if isinstance(step, str):
        item = {"type": "message", "id": f"msg_{n}", "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": step, "annotations": []}]}
    else:
        item = {"type": "function_call", "id": f"fc_{n}", "call_id": f"call_{n}", "name": step[0], "arguments": json.dumps(step[1]),
                "status": "completed"}
    whole = {"id": f"resp_{n}", "object": "response", "model": model, "status": "completed", "output": [item],
             "usage": {"input_tokens": 1, "input_tokens_details": None, "output_tokens": 1, "output_tokens_details": None, "total_tokens": 2}}
    return sse({"type": "response.created", "response": {**whole, "status": "in_progress", "output": []}},
               {"type": "response.output_item.done", "output_index": 0, "item": item},
               {"type": "response.completed", "response": whole})


def completions(step, n, model):
    head = {"id": f"c{n}", "object": "chat.completion.chunk", "created": 1, "model": model}
    if isinstance(step, str):
        delta, reason = {"role": "assistant", "content": step}, "stop"
    else:
        delta = {"role": "assistant", "tool_calls": [{"index": 0, "id": f"call_{n}", "type": "function",
                                                      "function": {"name": step[0], "arguments": json.dumps(step[1])}}]}
        reason = "tool_calls"
    return sse({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
               {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}) + b"data: [DONE]\n\n"


def gemini(step):
    part = {"text": step} if isinstance(step, str) else {"functionCall": {"name": step[0], "args": step[1]}}
    return {"candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}],
            "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}}


def results_in(text):
    """Tool results that a conversation holds."""
    return max(text.count('"type":"tool_result"'), text.count('"type":"function_call_output"'), text.count('"functionResponse"'),
               text.count('"role":"tool"'))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_words):
        pass

    def answer(self, body, kind="application/json", status=200):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_HEAD(self):
        self.answer(b"")

    def do_GET(self):
        self.server.asked.append(("GET", self.path, ""))
        if self.path.split("?")[0].endswith("/models"):
            self.answer({"object": "list", "data": [{"id": "stand-in", "object": "model"}], "models": []})
        else:
            self.answer({"error": {"message": "not here"}}, status=404)

    def do_POST(self):
        text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode(errors="replace")
        self.server.asked.append(("POST", self.path, text))
        path = self.path.split("?")[0]
        try:
            request = json.loads(text)
        except ValueError:
            request = {}
        text = json.dumps(request, separators=(",", ":"))
        n, model = results_in(text), request.get("model", "stand-in")
        # Small side questions (a title, a topic) are asked without tools.
        step = self.server.script[min(n, len(self.server.script) - 1)] if "tools" in request else "a title"
        if path.endswith("/count_tokens") or path.endswith(":countTokens"):
            self.answer({"input_tokens": 1, "totalTokens": 1})
        elif path.endswith("/messages"):
            self.answer(anthropic(step, n, model), "text/event-stream")
        elif path.endswith("/responses"):
            self.answer(responses(step, n, model), "text/event-stream")
        elif path.endswith("/chat/completions"):
            self.answer(completions(step, n, model), "text/event-stream")
        elif path.endswith(":streamGenerateContent"):
            self.answer(sse(gemini(step)), "text/event-stream")
        elif path.endswith(":generateContent"):
            self.answer(gemini(json.dumps({"complexity_reasoning": "none", "complexity_score": 1})))
        else:
            self.answer({})


class Models:
    def __init__(self, script):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.script, self.server.asked = script, []
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def asked(self):
        return self.server.asked

    def close(self):
        self.server.shutdown()
        self.server.server_close()


if __name__ == "__main__":
    import sys
    import time
    models = Models(eval(sys.argv[1]))  # a script by hand
    print(models.port, flush=True)
    seen = 0
    while True:
        time.sleep(0.5)
        for kind, path, text in models.asked[seen:]:
            print(kind, path, text[:300], flush=True)
        seen = len(models.asked)
