// SPDX-License-Identifier: GPL-2.0-or-later
//
// A scripted TLS endpoint done by Node.js: reads one verb a line, does it, and answers with one
// line. What Node says of each step is reported in its own words. As a server it can also be a stock
// https.Server. It must not know which scenario it plays.
'use strict';

const fs = require('fs');
const https = require('https');
const net = require('net');
const readline = require('readline');
const tls = require('tls');

const [role, address, port, certificateFile, keyFile, keylogFile] = process.argv.slice(2);
const options = {
  cert: fs.readFileSync(certificateFile),
  key: fs.readFileSync(keyFile),
  isServer: role === 'server',
  servername: 'localhost',
  rejectUnauthorized: false,
};
let listener;
let tcp;
let secured;
let received = 0;
let ending = null;
let waiting = null;

// Answers a read once there is something to tell: bytes, or how the stream ended.
function tellReader() {
  if (waiting && (ending || (received && !waiting.toTheEnd))) {
    const bytes = `${received} bytes`;
    const answer = waiting.toTheEnd ? `${bytes}, then ${ending}` : received ? bytes : ending;
    received = 0;
    waiting.resolve(answer);
    waiting = null;
  }
}

function waitForInput(toTheEnd) {
  return new Promise((resolve) => {
    waiting = { resolve, toTheEnd };
    tellReader();
  });
}

function endWith(text) {
  ending = ending || text;
  tellReader();
}

function watch(socket) {
  received = 0;
  ending = null;
  socket.on('data', (bytes) => {
    received += bytes.length;
    tellReader();
  });
  socket.on('end', () => endWith("end of TLS stream: 'end' event"));
  socket.on('error', (error) => endWith(`error: ${error.code}: ${error.message.split('\n')[0]}`));
  socket.on('close', () => endWith("error: 'close' event without 'end'"));
  socket.on('keylog', (line) => fs.appendFileSync(keylogFile, line));
}

function once(emitter, event) {
  return new Promise((resolve, reject) => {
    emitter.once(event, resolve);
    emitter.once('error', reject);
  });
}

async function handshake() {
  secured = options.isServer
    ? new tls.TLSSocket(tcp, options)
    : tls.connect({ ...options, socket: tcp });
  watch(secured);
  await once(secured, options.isServer ? 'secure' : 'secureConnect');
  return 'ok';
}

// A stock web server: answers each request and leaves all of closing to https.Server.
async function serveHttps(argument) {
  const server = https.createServer(options, (request, response) => {
    response.setHeader('Connection', argument || 'close');
    response.end('Hello from Node\n');
  });
  server.on('keylog', (line) => fs.appendFileSync(keylogFile, line));
  server.keepAliveTimeout = 300;
  server.listen(Number(port), address);
  await once(server, 'listening');
  return 'ok';
}

const verbs = {
  version(argument) {
    const name = argument === 'TLS 1.0' ? 'TLSv1' : argument.replace('TLS ', 'TLSv');
    options.minVersion = options.maxVersion = name;
    return 'ok';
  },
  async listen() {
    listener = net.createServer({ pauseOnConnect: true, allowHalfOpen: true });
    listener.on('connection', (socket) => (listener.accepted = socket));
    listener.listen(Number(port), address);
    await once(listener, 'listening');
    return 'ok';
  },
  https_server: serveHttps,
  async accept() {
    if (!listener.accepted) await once(listener, 'connection');
    tcp = listener.accepted;
    tcp.setNoDelay(true);
    listener.accepted = null;
    return 'ok';
  },
  async connect() {
    tcp = net.connect({ port: Number(port), host: address, allowHalfOpen: true });
    await once(tcp, 'connect');
    tcp.setNoDelay(true);
    return 'ok';
  },
  handshake,
  write(argument) {
    const bytes = Buffer.from(argument, 'hex');
    return new Promise((resolve) => secured.write(bytes, () => resolve(`${bytes.length} bytes`)));
  },
  read: () => waitForInput(false),
  read_to_the_end: () => waitForInput(true),
  // end() of a TLSSocket: close_notify, then FIN
  async close_tls() {
    secured.end();
    await new Promise((resolve) => setTimeout(resolve, 100));
    return 'ok';
  },
  async fin() {
    tcp.end();
    await new Promise((resolve) => setTimeout(resolve, 100));
    return 'ok';
  },
  async reset() {
    tcp.resetAndDestroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    return 'ok';
  },
};

async function main() {
  console.log(`Node.js ${process.version} with OpenSSL ${process.versions.openssl}`);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [verb, ...words] = line.split(' ');
    try {
      console.log(await verbs[verb](words.join(' ')));
    } catch (error) {
      console.log(`error: ${error.code || ''} ${error.message.split('\n')[0]}`);
    }
  }
  process.exit(0);
}

main();
