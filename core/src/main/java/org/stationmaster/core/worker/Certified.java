package org.stationmaster.core.worker;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.LinkedHashSet;
import java.util.Set;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** Whom a verified certificate names. */
final class Certified {
    private static final int DNS_NAME = 2;

    private Certified() {}

    /** The common name and the DNS names of the peer's certificate, as they stand there; empty: there is none. */
    static Set<String> names(SSLSession session) {
        var names = new LinkedHashSet<String>();
        try {
            if (session.getPeerCertificates()[0] instanceof X509Certificate certificate) {
                for (var part :
                        new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
                    if (part.getType().equalsIgnoreCase("CN")) {
                        names.add(String.valueOf(part.getValue()));
                    }
                }
                var others = certificate.getSubjectAlternativeNames();
                if (others != null) {
                    for (var other : others) {
                        if (other.get(0).equals(DNS_NAME)) {
                            names.add(String.valueOf(other.get(1)));
                        }
                    }
                }
            }
        } catch (SSLPeerUnverifiedException | InvalidNameException | CertificateParsingException _) {
            return Set.of(); // it names nobody
        }
        return names;
    }
}
