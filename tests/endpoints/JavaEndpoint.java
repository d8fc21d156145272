// SPDX-License-Identifier: GPL-2.0-or-later

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.KeyStore;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * A scripted TLS endpoint done by Java's SSLSocket: reads one verb a line, does it, and answers
 * with one line. What Java says of each step is reported in its own words. It must not know which
 * scenario it plays. Java logs no keys: the other side has to.
 */
final class JavaEndpoint {
    private static final char[] PASSWORD = "changeit".toCharArray();

    private static final String REQUIRE_CLOSE_NOTIFY = "com.sun.net.ssl.requireCloseNotify";

    private final boolean isServer;
    private final InetAddress address;
    private final int port;
    private final KeyManagerFactory keyManagers;
    private String[] versions;
    private ServerSocket listener;
    private Socket tcp;
    private SSLSocket tls;

    private JavaEndpoint(String[] arguments) throws Exception {
        isServer = arguments[0].equals("server");
        address = InetAddress.getByName(arguments[1]);
        port = Integer.parseInt(arguments[2]);
        keyManagers = keyManagers(arguments[3].replace(".pem", ".p12"));
    }

    /** A new one for each connection, so that no session is ever resumed. */
    private SSLContext newContext() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keyManagers.getKeyManagers(), new TrustManager[] {new TrustAnything()}, null);
        return context;
    }

    private static KeyManagerFactory keyManagers(String bundle) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (FileInputStream file = new FileInputStream(bundle)) {
            store.load(file, PASSWORD);
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(store, PASSWORD);
        return factory;
    }

    private void sendAtOnce(Socket connected) throws IOException {
        tcp = connected;
        tcp.setTcpNoDelay(true);
    }

    private String handshake() throws Exception {
        SSLSocketFactory factory = newContext().getSocketFactory();
        tls = (SSLSocket) factory.createSocket(tcp, "localhost", port, true);
        tls.setUseClientMode(!isServer);
        tls.setEnabledProtocols(versions);
        tls.startHandshake();
        return "ok";
    }

    private String read() throws IOException {
        int received = tls.getInputStream().read(new byte[65536]);
        return received < 0 ? "end of TLS stream: read returned -1" : received + " bytes";
    }

    private String readToTheEnd() throws IOException {
        byte[] buffer = new byte[65536];
        int total = 0;
        try {
            for (int received = 0; received >= 0; received = tls.getInputStream().read(buffer)) {
                total += received;
            }
        } catch (IOException exception) {
            return total + " bytes, then " + error(exception);
        }
        return total + " bytes, then end of TLS stream: read returned -1";
    }

    private String write(byte[] bytes) throws IOException {
        tls.getOutputStream().write(bytes);
        tls.getOutputStream().flush();
        return bytes.length + " bytes";
    }

    private void reset() throws IOException {
        tcp.setSoLinger(true, 0);
        tcp.close();
    }

    private static String error(Exception exception) {
        return "error: " + exception.getClass().getSimpleName() + ": " + exception.getMessage();
    }

    private String run(String verb, String argument) throws Exception {
        switch (verb) {
            case "version" -> versions = new String[] {javaVersion(argument)};
            case "require_close_notify" -> System.setProperty(REQUIRE_CLOSE_NOTIFY, "true");
            case "listen" -> listener = new ServerSocket(port, 4, address);
            case "accept" -> sendAtOnce(listener.accept());
            case "connect" -> sendAtOnce(new Socket(address, port));
            case "handshake" -> {
                return handshake();
            }
            case "write" -> {
                return write(HexFormat.of().parseHex(argument));
            }
            case "read" -> {
                return read();
            }
            case "read_to_the_end" -> {
                return readToTheEnd();
            }
            case "close_notify" -> tls.shutdownOutput();
            case "close_tls" -> tls.close();
            case "fin" -> tcp.shutdownOutput();
            case "close" -> tcp.close();
            case "reset" -> reset();
            default -> throw new IllegalArgumentException("no such verb: " + verb);
        }
        return "ok";
    }

    private static String javaVersion(String version) {
        return version.equals("TLS 1.0") ? "TLSv1" : version.replace("TLS ", "TLSv");
    }

    private void runAll() throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split(" ", 2);
            String answer;
            try {
                answer = run(words[0], words.length > 1 ? words[1] : "");
            } catch (Exception exception) {
                answer = error(exception);
            }
            System.out.println(answer);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Security.setProperty("jdk.tls.disabledAlgorithms", "");
        Security.setProperty("jdk.certpath.disabledAlgorithms", "");
        JavaEndpoint endpoint = new JavaEndpoint(arguments);
        System.out.println("Java " + Runtime.version());
        endpoint.runAll();
    }

    private static final class TrustAnything implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
