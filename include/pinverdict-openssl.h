// SPDX-License-Identifier: Apache-2.0
/* pinverdict-openssl.h - pins for a connection that OpenSSL makes.
 *
 * In libpinverdict.so and libpinverdict-openssl.so. Client side only.
 *
 *     SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);  SSL_CTX_set_default_verify_paths(ctx);
 *     SSL *ssl = SSL_new(ctx);
 *     if (pinverdict_openssl_attach(ssl, checker, host) != 1) ...  optional: refuse inside the handshake
 *     if (SSL_connect(ssl) != 1) ...
 *     if (pinverdict_openssl_check(checker, ssl, host, NULL) != PINVERDICT_ALLOW) close the connection
 *
 * The check after the handshake is the one that every connection needs: OpenSSL calls no verify callback when
 * it resumes a session. It covers early data (0-RTT) and renegotiation in no way: send none, allow none.
 */
#ifndef PINVERDICT_OPENSSL_H
#define PINVERDICT_OPENSSL_H

#include "pinverdict.h"

#include <openssl/ssl.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Do the pins allow this connection? Call it after SSL_connect and before the first byte of data, for every
   connection. The path is the one that OpenSSL verified; on a resumed session, the certificates that the
   session keeps are verified again, against the SSL's trust store, as of now. The leaf's subjectAltNames have to
   contain host, whether or not the application had OpenSSL check that.
   A checker remembers paths (the last 256, and those of a host together), so that OpenSSL verifies the same signatures
   once. Everything else OpenSSL is asked each time: anchors and what they are trusted for, lists of revoked
   certificates, times, purpose, security level. Nothing is remembered of a store with functions of the application's.
   Verified again is a resumed session for host and as of the checker's clock; OpenSSL does not ask the application's
   callbacks then, nor DANE, nor its host flags, and may find another path than the handshake before.
     host     the name or address that the application wanted to reach, never the peer's word
     verdict  may be NULL
   HOSTNAME_MISMATCH, CERTIFICATE_EXPIRED (or not valid yet): of the path, by the checker's clock. OpenSSL has looked by
   its own, which is the system's or what X509_VERIFY_PARAM_set_time says: give the checker the same one.
   NO_VALIDATED_PATH: the handshake is not finished, the SSL is a server's, verification or a part of it is off
   (no SSL_VERIFY_PEER, X509_V_FLAG_NO_CHECK_TIME, X509_V_FLAG_IGNORE_CRITICAL, X509_STORE_set_verify), OpenSSL's
   verification failed (or would have, had a verify callback of the application's not let it pass: the SSL's, or else
   its store's), or OpenSSL has verified nothing in this handshake.
   NO_VALIDATED_PATH, too, where OpenSSL accepts the connection, the policy needs a path, and there is none: a resumed
   session whose certificates no longer lead to an anchor (one that has gone through i2d_SSL_SESSION keeps the leaf
   alone, and the checker has to have seen the path), a pre-shared key or an anonymous key exchange, a path of more than
   32 certificates. Whether that is softened says pinverdict_reason; no path is needed where the policy is off, nor,
   where [policy] rejects no key, where the host's rule is off or no rule covers it.
   Then what the policy says: MATCHED to NOT_A_PATH, MALFORMED_CERTIFICATE, EXTRACTORS_DISAGREE; and INVALID_ARGUMENT,
   MALFORMED_HOSTNAME, BACKEND_FAILURE.
   A refusal drops the session (SSL_CTX_remove_session): OpenSSL resumes it no more, whoever keeps it, and the next
   connection is a full handshake. So a session that outlived a rotation of keys costs one connection. Where sessions
   are kept in their stored form (i2d_SSL_SESSION), drop them yourself.
   What an application does to itself shows only in part. A callback set with SSL_CTX_set_cert_verify_callback takes the
   whole verification over, and is believed, unless it built no path, a verify callback of the application's was there
   to change its result, or the SSL is attached and has not seen OpenSSL succeed. SSL_set_verify_result is believed in
   the same way.
   The thread that uses the SSL calls it. */
PINVERDICT_MUST_USE
pinverdict_decision pinverdict_openssl_check(pinverdict_checker *checker, SSL *ssl, const char *host,
                                             pinverdict_verdict *verdict);

/* pinverdict_openssl_check, which shows the path that it looks at, as pinverdict_check_presented_path does. After a
   handshake that the pins have ended it shows the path that they refused: an attached SSL keeps a copy. Not called
   where OpenSSL has ended it: SSL_get0_verified_chain has what was built then. */
PINVERDICT_MUST_USE
pinverdict_decision pinverdict_openssl_check_path(pinverdict_checker *checker, SSL *ssl, const char *host,
                                                  pinverdict_verdict *verdict, pinverdict_path_function on_path,
                                                  void *argument);

/* Has the handshake fail with an alert where the check would refuse. An application's own verify callback is kept and
   runs too, or where the SSL has none that of its store (X509_STORE_set_verify_cb); an error that it lets pass is a
   refusal. The SSL keeps a reference to the checker until SSL_free. SSL_dup does not pass it on: the copy's handshakes
   fail until it is attached too, which keeps the application's callback. Returns 1, or 0 where nothing was changed: a
   NULL or malformed argument, no SSL_VERIFY_PEER, a server's SSL (of TLS_method(), until SSL_set_connect_state), a
   handshake that has begun, an SSL that has been attached before, or no memory.
   Where this cannot refuse, and the check does: a resumed session, a pre-shared key or an anonymous key exchange, a
   callback of SSL_CTX_set_cert_verify_callback that does not ask OpenSSL or does not heed it, and a verify callback
   that is set on the SSL afterwards, which replaces this one. */
PINVERDICT_MUST_USE
int pinverdict_openssl_attach(SSL *ssl, pinverdict_checker *checker, const char *host);

/* pinverdict_openssl_attach for every client connection that the context makes, and the check with it: for libraries
   that show only an SSL_CTX, such as libcurl (CURLOPT_SSL_CTX_FUNCTION) and libmosquitto (MOSQ_OPT_SSL_CTX). Each SSL
   is attached as its handshake starts and checked as it is done, resumed ones too. A refusal then ends the connection:
   SSL_connect has succeeded, the peer is told that it is over, and SSL_write and SSL_read fail.
     host  the name or address that all of them are made to; NULL: the one that the application has each SSL look for
           (SSL_set1_host, X509_VERIFY_PARAM_set1_ip and the like), and where it is none or several, a refusal
   It works by the context's info callback, and by its verify callback: those of the application's are kept and run too.
   An info callback that is set afterwards, on the context or on an SSL, replaces this, which then refuses what
   pinverdict_openssl_attach alone refuses: no resumed session, and nothing without SSL_VERIFY_PEER. Where a verify
   callback is set afterwards as well, nothing is checked. The context keeps a reference to the checker until it is
   freed. Call it before the context makes connections. Returns 1, or 0 where nothing was changed: a NULL or malformed
   argument, a context that has been attached before, or no memory. */
PINVERDICT_MUST_USE
int pinverdict_openssl_attach_context(SSL_CTX *context, pinverdict_checker *checker, const char *host);

/* Why a connection was refused or allowed: the verdict of the last check of an attached SSL, the one inside its
   handshake included, whether that failed or not. True where there is one; else false, and a verdict that refuses for
   no reason. After a handshake that verification has ended, pinverdict_openssl_check gives the same verdict for the
   same checker and host. UNTRUSTED_CHAIN, HOSTNAME_MISMATCH and CERTIFICATE_EXPIRED are then OpenSSL's own, with its
   words in detail; on an SSL that is not attached, too. A callback of the application's that refuses without an error
   is NO_VALIDATED_PATH. For messages: what a connection may do is said by the check alone.
     verdict  may be NULL
   The thread that uses the SSL calls it. */
bool pinverdict_openssl_verdict(SSL *ssl, pinverdict_verdict *verdict);

#ifdef __cplusplus
}
#endif

#endif
