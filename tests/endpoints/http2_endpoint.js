// SPDX-License-Identifier: GPL-2.0-or-later
//
// An HTTP/2 endpoint done by Node.js: reads one verb a line, does it, and answers with one line. A
// server does with each request what its path says; a client reports what became of it in Node's own
// words. It must not know which scenario it plays.
'use strict';

const fs = require('fs');
const http2 = require('http2');
const readline = require('readline');

const [role, address, port, certificateFile, keyFile, keylogFile] = process.argv.slice(2);
const { NGHTTP2_CANCEL, NGHTTP2_REFUSED_STREAM } = http2.constants;
const options = {
  cert: fs.readFileSync(certificateFile),
  key: fs.readFileSync(keyFile),
  servername: 'localhost',
  rejectUnauthorized: false,
};
const streams = []; // of the client, in the order of its requests
let session;
let socket; // of the session, since the session lets nobody end it

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function once(emitter, event) {
  return new Promise((resolve, reject) => {
    emitter.once(event, resolve);
    emitter.once('error', reject);
  });
}

// A message of gRPC that announces LENGTH bytes, and SENT of them.
function grpcMessage(length, sent) {
  const message = Buffer.alloc(5 + sent);
  message.writeUInt32BE(length, 1);
  return message;
}

function respondGrpc(stream, message, trailers) {
  stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: Boolean(trailers) });
  if (trailers) stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end(message);
}

// What a server does with a request, by the first part of its path; the others are its numbers.
const answers = {
  whole(stream, length) {
    stream.respond({ 'content-length': length });
    stream.end(Buffer.alloc(length));
  },
  short(stream, length, sent) {
    stream.respond({ 'content-length': length });
    stream.end(Buffer.alloc(sent));
  },
  open(stream, length, sent) {
    stream.respond({ 'content-length': length });
    stream.write(Buffer.alloc(sent));
  },
  // What Node sends for a program's exception: RST_STREAM with INTERNAL_ERROR.
  async error(stream, length, sent) {
    answers.open(stream, length, sent);
    await pause(100);
    stream.destroy(new Error('of the program'));
  },
  status: (stream, status) => stream.respond({ ':status': status }, { endStream: true }),
  silent: () => {},
  refuse: (stream) => stream.close(NGHTTP2_REFUSED_STREAM),
  grpc: (stream, status) => respondGrpc(stream, grpcMessage(10, 10), { 'grpc-status': status }),
  grpc_no_status: (stream) => respondGrpc(stream, grpcMessage(10, 10)),
  grpc_cut: (stream) => respondGrpc(stream, grpcMessage(10, 7), { 'grpc-status': 0 }),
  grpc_only_trailers: (stream, status) =>
    stream.respond(
      { 'content-type': 'application/grpc', 'grpc-status': status },
      { endStream: true },
    ),
};

function answer(stream, headers) {
  const [name, ...numbers] = headers[':path'].slice(1).split('/');
  stream.on('error', () => {});
  answers[name](stream, ...numbers.map(Number));
}

// Notes what Node says of a request.
function follow(stream) {
  const told = { bytes: 0, events: [] };
  stream.on('response', (headers) => told.events.push(headers[':status']));
  stream.on('data', (bytes) => (told.bytes += bytes.length));
  stream.on('end', () => told.events.push("'end'"));
  stream.on('aborted', () => told.events.push("'aborted'"));
  stream.on('error', (error) => told.events.push(error.message));
  stream.on('close', () => told.events.push(`'close' with code ${stream.rstCode}`));
  streams.push({ stream, told });
}

const verbs = {
  version(argument) {
    options.minVersion = options.maxVersion = argument.replace('TLS ', 'TLSv');
    return 'ok';
  },
  async listen() {
    const server = http2.createSecureServer(options);
    server.on('keylog', (line) => fs.appendFileSync(keylogFile, line));
    server.on('secureConnection', (accepted) => (socket = accepted));
    server.on('session', (opened) => {
      session = opened;
      session.on('error', () => {});
    });
    server.on('stream', answer);
    server.listen(Number(port), address);
    await once(server, 'listening');
    return 'ok';
  },
  async connect() {
    session = http2.connect(`https://${address}:${port}`, options);
    session.on('error', () => {});
    await once(session, 'connect');
    return 'ok';
  },
  // "METHOD PATH [BYTES]": with BYTES, the body of the request does not end.
  async request(argument) {
    const [method, path, bytes] = argument.split(' ');
    const stream = session.request(
      { ':method': method, ':path': path },
      { endStream: bytes === undefined },
    );
    follow(stream);
    if (bytes !== undefined) stream.write(Buffer.alloc(Number(bytes)));
    await pause(200);
    return 'ok';
  },
  async cancel(index) {
    streams[index].stream.close(NGHTTP2_CANCEL);
    await pause(100);
    return 'ok';
  },
  async pause(seconds) {
    await pause(1000 * seconds);
    return 'ok';
  },
  outcomes: () =>
    streams.map(({ told }) => `${told.bytes} bytes, ${told.events.join(', ')}`).join(' | '),
  // "CODE LAST_STREAM [DEBUG]"
  async goaway(argument) {
    const [code, last, ...debug] = argument.split(' ');
    session.goaway(Number(code), Number(last), Buffer.from(debug.join(' ')));
    await pause(100);
    return 'ok';
  },
  // Ends as a program that has nothing more to do: when all streams have.
  async close() {
    session.close();
    await pause(200);
    return 'ok';
  },
  // A process that dies ends by a bare FIN.
  async die() {
    socket.destroy();
    await pause(200);
    return 'ok';
  },
};

async function main() {
  const { nghttp2, openssl } = process.versions;
  console.log(`Node.js ${process.version} with nghttp2 ${nghttp2} and OpenSSL ${openssl}`);
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
