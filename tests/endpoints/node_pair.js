// SPDX-License-Identifier: GPL-2.0-or-later
//
// A server and a client of Node.js that talk HTTP over TLS once, end in the way asked for, and print what
// each was told: node node_pair.js PORT CERTIFICATE KEY KEYS VERSION PROTOCOL ENDING

"use strict";

const fs = require("fs");
const http2 = require("http2");
const https = require("https");

const [port, certificate, key, keys, version, protocol, ending] = process.argv.slice(2);
const WHOLE = 1000;
const PART = 300;

function report(side, what) {
  console.log(`${side}: ${what}`);
}

// What the server does with a request, by the name of the ending.
const answers = {
  whole: (request, response) => response.end(Buffer.alloc(WHOLE)),
  server_destroys: (request, response) => {
    response.write(Buffer.alloc(PART));
    setTimeout(() => request.socket.destroy(), 200);
  },
  // Of HTTP/2, Node lets nobody touch the socket of a session.
  session_destroyed: (request, response) => {
    response.write(Buffer.alloc(PART));
    setTimeout(() => request.stream.session.destroy(), 200);
  },
  no_answer: (request) => request.socket.destroy(),
  client_destroys: (request, response) => response.write(Buffer.alloc(PART)),
};
answers.idle = answers.whole;

const files = { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) };
const versions = { minVersion: version, maxVersion: version };
const create = protocol === "http2" ? http2.createSecureServer : https.createServer;
const server = create({ ...files, ...versions }, (request, response) => {
  response.on("error", (error) => report("server", `error: ${error.message}`));
  response.on("close", () => report("server", `'close', finished: ${response.writableFinished}`));
  if (response.setHeader) response.setHeader("content-length", WHOLE);
  answers[ending](request, response);
});
server.keepAliveTimeout = 2000; // Node's client gives up idle connections a second sooner
server.on("keylog", (line) => fs.appendFileSync(keys, line));

// What the client is told of its response, in either protocol.
function follow(response, destroy) {
  let bytes = 0;
  response.on("data", (data) => {
    bytes += data.length;
    if (ending === "client_destroys") setTimeout(destroy, 200);
  });
  response.on("aborted", () => report("client", "'aborted'"));
  response.on("error", (error) => report("client", `error: ${error.code} ${error.message}`));
  response.on("end", () => report("client", "'end'"));
  response.on("close", () => report("client", `'close' after ${bytes} bytes`));
}

function ask() {
  const agent = new https.Agent({ keepAlive: true });
  const where = { port, host: "127.0.0.1", agent, rejectUnauthorized: false };
  const request = https.get(where, (response) => {
    follow(response, () => request.destroy());
        if (ending === "whole") response.on("end", () => setTimeout(() => agent.destroy(), 200));
  });
  request.on("error", (error) => report("client", `error: ${error.code} ${error.message}`));
}

function ask2() {
  const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  session.on("error", (error) => report("client", `session error: ${error.code} ${error.message}`));
  const stream = session.request({ ":path": "/" });
  follow(stream, () => session.destroy());
  stream.on("close", () => report("client", `code ${stream.rstCode}`));
  if (ending === "whole") stream.on("end", () => setTimeout(() => session.close(), 200));
}

server.listen(Number(port), "127.0.0.1", protocol === "http2" ? ask2 : ask);
setTimeout(() => process.exit(0), 2000);
