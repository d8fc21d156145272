// SPDX-License-Identifier: GPL-2.0-or-later

// A scripted TLS endpoint done by Go's crypto/tls: reads one verb a line, does it, and answers with
// one line. What Go says of each step is reported in its own words. It must not know which scenario
// it plays.
package main

import (
	"bufio"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
)

var versions = map[string]uint16{
	"TLS 1.0": tls.VersionTLS10, "TLS 1.1": tls.VersionTLS11,
	"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13,
}

type endpoint struct {
	role, address string
	config        *tls.Config
	listener      net.Listener
	tcp           *net.TCPConn
	tls           *tls.Conn
}

func describe(bytes int, err error) string {
	switch {
	case err == io.EOF:
		return "end of TLS stream: io.EOF"
	case err != nil:
		return "error: " + withoutAddresses(err)
	}
	return fmt.Sprintf("%d bytes", bytes)
}

func done(err error) string {
	if err != nil {
		return "error: " + withoutAddresses(err)
	}
	return "ok"
}

func withoutAddresses(err error) string {
	if operation, is := err.(*net.OpError); is {
		return operation.Op + ": " + operation.Err.Error()
	}
	return err.Error()
}

func (e *endpoint) accept() error {
	connection, err := e.listener.Accept()
	if err == nil {
		e.tcp = connection.(*net.TCPConn)
	}
	return err
}

func (e *endpoint) connect() error {
	connection, err := net.Dial("tcp", e.address)
	if err == nil {
		e.tcp = connection.(*net.TCPConn)
	}
	return err
}

func (e *endpoint) handshake() string {
	if e.role == "server" {
		e.tls = tls.Server(e.tcp, e.config)
	} else {
		e.tls = tls.Client(e.tcp, e.config)
	}
	if err := e.tls.Handshake(); err != nil {
		return done(err)
	}
	if e.tls.ConnectionState().DidResume {
		return "resumed"
	}
	return "ok"
}

func (e *endpoint) readToTheEnd() string {
	content, err := io.ReadAll(e.tls)
	if err == nil {
		err = io.EOF
	}
	return fmt.Sprintf("%d bytes, then %s", len(content), describe(0, err))
}

func (e *endpoint) reset() error {
	if err := e.tcp.SetLinger(0); err != nil {
		return err
	}
	return e.tcp.Close()
}

func (e *endpoint) do(verb, argument string) string {
	var err error
	buffer := make([]byte, 65536)
	switch verb {
	case "version":
		e.config.MinVersion, e.config.MaxVersion = versions[argument], versions[argument]
	case "cache_sessions":
		e.config.ClientSessionCache = tls.NewLRUClientSessionCache(4)
	case "listen":
		e.listener, err = net.Listen("tcp", e.address)
	case "accept":
		err = e.accept()
	case "connect":
		err = e.connect()
	case "handshake":
		return e.handshake()
	case "write":
		bytes, _ := hex.DecodeString(argument)
		return describe(e.tls.Write(bytes))
	case "read":
		return describe(e.tls.Read(buffer))
	case "read_to_the_end":
		return e.readToTheEnd()
	case "close_notify":
		err = e.tls.CloseWrite()
	case "close_tls":
		err = e.tls.Close()
	case "fin":
		err = e.tcp.CloseWrite()
	case "close":
		err = e.tcp.Close()
	case "reset":
		err = e.reset()
	default:
		return "error: no such verb: " + verb
	}
	return done(err)
}

func newConfig(certificateFile, keyFile, keylogFile string) (*tls.Config, error) {
	certificate, err := tls.LoadX509KeyPair(certificateFile, keyFile)
	if err != nil {
		return nil, err
	}
	keylog, err := os.Create(keylogFile)
	return &tls.Config{
		Certificates:       []tls.Certificate{certificate},
		InsecureSkipVerify: true,
		KeyLogWriter:       keylog,
		ServerName:         "localhost",
	}, err
}

func main() {
	if len(os.Args) != 7 {
		fmt.Fprintln(os.Stderr, "usage: go_endpoint client|server ADDRESS PORT CERTIFICATE KEY KEYLOG")
		os.Exit(1)
	}
	config, err := newConfig(os.Args[4], os.Args[5], os.Args[6])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	address := net.JoinHostPort(os.Args[2], os.Args[3])
	endpoint := endpoint{role: os.Args[1], address: address, config: config}
	fmt.Println("Go", strings.TrimPrefix(runtime.Version(), "go"))
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		verb, argument, _ := strings.Cut(lines.Text(), " ")
		fmt.Println(endpoint.do(verb, argument))
	}
}
