package org.stationmaster.core.api;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Makes the JDK's TLS contexts from PEM files (RFC 7468). */
public final class TlsContexts {
    private static final String KEY_BEGIN = "-----BEGIN PRIVATE KEY-----";
    private static final String KEY_END = "-----END PRIVATE KEY-----";

    private TlsContexts() {}

    /**
     * A context for connections to a source. Reads files: not for an event loop.
     *
     * @throws IOException a file cannot be read or used; the message names it
     */
    public static SSLContext client(Tls tls) throws IOException {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(keyManagers(tls.certFile(), tls.keyFile()), trustManagers(tls.caFile()), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("TLS cannot be set up: " + e.getMessage(), e);
        }
    }

    /**
     * A context for a server with this certificate.
     *
     * @throws IOException a file cannot be read or used; the message names it
     */
    public static SSLContext server(Path certFile, Path keyFile) throws IOException {
        return server(certFile, keyFile, null);
    }

    /**
     * The same, for clients with a certificate of their own.
     *
     * @param caFile PEM certificates that vouch for them; null: those of the JDK
     * @throws IOException a file cannot be read or used; the message names it
     */
    public static SSLContext server(Path certFile, Path keyFile, @Nullable Path caFile) throws IOException {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(keyManagers(certFile, keyFile), trustManagers(caFile), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("TLS cannot be set up: " + e.getMessage(), e);
        }
    }

    private static TrustManager @Nullable [] trustManagers(@Nullable Path caFile)
            throws IOException, GeneralSecurityException {
        if (caFile == null) {
            return null;
        }
        var store = emptyStore();
        int count = 0;
        for (Certificate certificate : certificates(caFile)) {
            store.setCertificateEntry("ca" + count++, certificate);
        }
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static KeyManager @Nullable [] keyManagers(@Nullable Path certFile, @Nullable Path keyFile)
            throws IOException, GeneralSecurityException {
        if (certFile == null || keyFile == null) {
            return null;
        }
        var store = emptyStore();
        store.setKeyEntry(
                "own", key(keyFile), new char[0], certificates(certFile).toArray(Certificate[]::new));
        var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, new char[0]);
        return factory.getKeyManagers();
    }

    private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        return store;
    }

    private static List<Certificate> certificates(Path file) throws IOException, GeneralSecurityException {
        try (var in = Files.newInputStream(file)) {
            List<Certificate> found =
                    List.copyOf(CertificateFactory.getInstance("X.509").generateCertificates(in));
            if (found.isEmpty()) {
                throw new IOException("no certificate in " + file);
            }
            return found;
        } catch (CertificateException e) {
            throw new IOException("no certificates can be read from " + file + ": " + e.getMessage(), e);
        }
    }

    private static byte[] decoded(String base64, Path file) throws IOException {
        try {
            return Base64.getMimeDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new IOException("the key in " + file + " is no base64: " + e.getMessage(), e);
        }
    }

    private static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
        var text = Files.readString(file, StandardCharsets.ISO_8859_1); // never fails: what is no PEM is told below
        int begin = text.indexOf(KEY_BEGIN);
        int end = text.indexOf(KEY_END);
        if (begin < 0 || end < begin) {
            throw new IOException("no PKCS#8 key (" + KEY_BEGIN + ") in " + file);
        }
        var spec = new PKCS8EncodedKeySpec(decoded(text.substring(begin + KEY_BEGIN.length(), end), file));
        for (var algorithm : List.of("RSA", "EC", "EdDSA")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (InvalidKeySpecException e) {
                // of another algorithm: try the next
            }
        }
        throw new IOException("the key in " + file + " is none of RSA, EC, EdDSA");
    }
}
