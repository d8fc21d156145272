// SPDX-License-Identifier: GPL-2.0-or-later
//
// A server and a client of the ws library that talk over TLS once, end in the way asked for, and print
// what each was told: node websocket_pair.js PORT CERTIFICATE KEY KEYS VERSION ENDING [server]
// With "server", another client comes.

"use strict";

const fs = require("fs");
const https = require("https");
const WebSocket = require("ws");

const [port, certificate, key, keys, version, ending, only] = process.argv.slice(2);
const MESSAGE = "x".repeat(5000);

// What the side that ends does, by the name of the ending. SOCKET is below WebSocket.
const endings = {
  client_closes: { client: (ws) => ws.close(1000, "done") },
  server_fails: { server: (ws) => ws.close(1011, "out of memory") },
  no_reason: { server: (ws) => ws.close() },
  server_without_close: { server: (ws, socket) => socket.end() },
  client_gone: { client: (ws, socket) => socket.destroy() },
  fragment_missing: {
    server: (ws, socket) => ws.send("begun", { fin: false }, () => socket.end()),
  },
  frame_cut: {
    // The header announces 100 bytes, of which 10 come.
    server: (ws, socket) => socket.end(Buffer.concat([Buffer.from([0x82, 100]), Buffer.alloc(10)])),
  },
};

function report(side, what) {
  console.log(`${side}: ${what}`);
}

function watch(side, ws) {
  ws.on("message", (data) => report(side, `message of ${data.length} bytes`));
  ws.on("close", (code, reason) => report(side, `close ${code} ${reason}`.trimEnd()));
  ws.on("error", (error) => report(side, `error: ${error.message}`));
}

const server = https.createServer({
  cert: fs.readFileSync(certificate),
  key: fs.readFileSync(key),
  minVersion: version,
  maxVersion: version,
});
server.on("keylog", (line) => fs.appendFileSync(keys, line));

const endpoint = new WebSocket.Server({ server });
endpoint.on("connection", (ws, request) => {
  watch("server", ws);
  ws.on("message", () => ws.send(MESSAGE));
  ws.on("close", () => setTimeout(() => server.close(), 200));
  if (endings[ending].server)
    ws.on("pong", () => endings[ending].server(ws, request.socket));
  ws.on("message", () => ws.ping());
});

function connect() {
  const client = new WebSocket(`wss://localhost:${port}/`, {
    ca: fs.readFileSync(certificate),
    family: 4,
    minVersion: version,
    maxVersion: version,
    perMessageDeflate: false,
  });
  watch("client", client);
  client.on("open", () => client.send("hello"));
  client.on("message", () => {
    if (endings[ending].client) endings[ending].client(client, client._socket);
  });
}

server.listen(Number(port), "127.0.0.1", only ? undefined : connect);
