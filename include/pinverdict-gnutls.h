// SPDX-License-Identifier: Apache-2.0
/* pinverdict-gnutls.h - pins for a connection that GnuTLS makes.
 *
 * In libpinverdict.so and libpinverdict-gnutls.so. Client side only.
 *
 *     gnutls_certificate_set_x509_system_trust(credentials);
 *     if (pinverdict_gnutls_attach(session, checker, host) != GNUTLS_E_SUCCESS) give up
 *     do status = gnutls_handshake(session);
 *     while (status < 0 && !gnutls_error_is_fatal(status));
 *     if (pinverdict_gnutls_check(checker, session, host, NULL) != PINVERDICT_ALLOW)
 *         close the connection, and drop the data of the session that was to be resumed
 *
 * The check after the handshake is the one that every connection needs. Attaching, which has a refusal happen inside
 * the handshake, sees no resumed session, and may be left out. Early data (0-RTT) and renegotiation are covered in no
 * way: send none, allow none. A session may outlive a rotation of keys and policy, and is refused then. GnuTLS leaves
 * session data to the application, and resumes what it is given: who keeps data after a refusal is refused again, until
 * the server has forgotten the session. Keep none before the check has allowed the connection. libcurl with GnuTLS
 * keeps data itself: set CURLOPT_SSL_SESSIONID_CACHE to 0. The session's pointer (gnutls_session_set_ptr) stays the
 * application's.
 */
#ifndef PINVERDICT_GNUTLS_H
#define PINVERDICT_GNUTLS_H

#include "pinverdict.h"

#include <gnutls/gnutls.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Do the pins allow this connection? Call it after gnutls_handshake and before the first byte of data, for every
   connection, resumed ones and those of a false start too. It has GnuTLS verify the peer's certificates against the
   session's credentials (GnuTLS leaves that to the application), under all settings of the session, unless GnuTLS has
   done so in this handshake, for gnutls_session_set_verify_cert or for an attached checker; and takes the path that
   GnuTLS trusts from the steps that it reports. The leaf's subjectAltNames have to contain host. Everything on the path
   has to be valid by GnuTLS's clock (gnutls_global_set_time_function) and by the checker's; where by the checker's it
   is not, but another path to the credentials' anchors is, that one counts. pinverdict_check_presented says how
   GnuTLS's paths differ from OpenSSL's.
   A SESSION THAT IS RESUMED GnuTLS alone would not verify at all. It is verified like the others, but where this
   checker has seen the same chain verified for the same host, and not more than an hour ago by its clock and the
   machine's, that stands for it. What can be asked is asked all the same: whether every certificate is valid now, by
   both clocks; whether the credentials' list has the anchor, byte for byte, and distrusts nothing on the path
   (gnutls_x509_trust_list_remove_cas); the credentials' flags; the policy. What GnuTLS tells nobody is looked at after
   that hour at the latest: revocation lists that were added meanwhile, a stricter profile, verify limits or other
   flags of the session, and, for the path alone, an anchor of the same name that was added beside the one of the path.
   A full handshake GnuTLS verifies each time, and a chain that it refuses to this call is no longer known. A checker
   remembers 256 chains at most, for which it keeps some 40 KiB each.
     host     the name or address that the application wanted to reach, never the peer's word
     verdict  may be NULL
   NO_VALIDATED_PATH: no complete handshake, a server's session, a public key without a certificate, or flags in the
   credentials that switch verification off (GNUTLS_VERIFY_DISABLE_CA_SIGN, _DISABLE_TIME_CHECKS and the like). Flags
   of the session (gnutls_session_set_verify_cert) make nothing pass, but for GNUTLS_VERIFY_DISABLE_CRL_CHECKS, which
   is the application's to set there as in the credentials.
   NO_VALIDATED_PATH, too, where GnuTLS accepts the connection, the policy needs a path, and there is none: a
   pre-shared key or an anonymous key exchange, a certificate that is trusted for one name
   (gnutls_x509_trust_list_add_named_crt), a chain that needs a certificate with a Name of more than 1 KiB or a key of
   more than 3 KiB, one of more than 32 certificates. Whether that is softened says pinverdict_reason; no path is
   needed where the policy is off, nor, where [policy] rejects no key, where the host's rule is off or no rule covers
   it.
   UNTRUSTED_CHAIN, HOSTNAME_MISMATCH, CERTIFICATE_EXPIRED: GnuTLS does not verify the chain, or not for this host and
   this time.
   The thread that uses the session calls it. */
PINVERDICT_MUST_USE
pinverdict_decision pinverdict_gnutls_check(pinverdict_checker *checker, gnutls_session_t session, const char *host,
                                            pinverdict_verdict *verdict);

/* pinverdict_gnutls_check, which shows the path that it looks at, as pinverdict_check_presented_path does. After a
   handshake that the pins have ended it shows the path that they refused: an attached session keeps a copy. Not called
   where anything else has ended it. */
PINVERDICT_MUST_USE
pinverdict_decision pinverdict_gnutls_check_path(pinverdict_checker *checker, gnutls_session_t session,
                                                 const char *host, pinverdict_verdict *verdict,
                                                 pinverdict_path_function on_path, void *argument);

/* Has the handshake fail where the check would refuse, with an alert and before a client certificate is sent: keeps the
   checker and the host with the session until gnutls_deinit, and looks at the server's messages by the session's
   handshake hook.
   A verify function of the application's stays and runs first, in the credentials or in the session, GnuTLS's own
   (gnutls_session_set_verify_cert) too, whose status stays what GnuTLS found. What one lets pass is still refused here.
   A HANDSHAKE HOOK OF THE APPLICATION'S DOES NOT STAY (gnutls_handshake_set_hook_function): a session has one, and
   GnuTLS tells nobody which. One that is set before attaching is lost; ONE THAT IS SET AFTERWARDS TAKES OURS AWAY, and
   the check alone refuses. Such an application calls pinverdict_gnutls_verify_function in a verify function of its own.
   The handshake ends with GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR, and the alert is certificate_unknown where the pins
   refuse, else unknown_ca, certificate_expired or bad_certificate. It goes out if the transport takes it at once; if
   not, the refusal stands, and the application's next gnutls_alert_send sends it. Where a verify function refuses, the
   alert is the application's, as ever with GnuTLS.
   Where this cannot refuse, and the check does: a resumed session, a pre-shared key or an anonymous key exchange, which
   bring no certificate; a handshake hook of the application's, set afterwards; a policy that is set, a certificate that
   expires, or credentials that are replaced between the two.
   A session that is attached refuses what the check would, for the same reasons and by the same clocks.
   Returns GNUTLS_E_SUCCESS, or an error where nothing was changed: GNUTLS_E_INVALID_REQUEST (a NULL or malformed
   argument, a server's session, a handshake that is over), GNUTLS_E_ALREADY_REGISTERED (attached before),
   GNUTLS_E_MEMORY_ERROR. */
PINVERDICT_MUST_USE
int pinverdict_gnutls_attach(gnutls_session_t session, pinverdict_checker *checker, const char *host);

/* Why a connection was refused or allowed: the verdict of the last check of an attached session, the one inside its
   handshake included, whether that failed or not. True where there is one; else false, and a verdict that refuses for
   no reason. After a handshake that was ended for the server's certificates, pinverdict_gnutls_check gives the same
   verdict for the same checker and host; where a verify function has ended it, that call looks for what is wrong.
   (gnutls_session_get_verify_cert_status tells of GnuTLS's own verify function alone.)
   For messages: what a connection may do is said by the check alone.
     verdict  may be NULL
   The thread that uses the session calls it. */
bool pinverdict_gnutls_verdict(gnutls_session_t session, pinverdict_verdict *verdict);

/* A gnutls_certificate_verify_function for an attached session whose handshake hook is the application's: 0 where
   verification and pins allow the connection, else GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR, which ends the handshake;
   the alert has been sent. It refuses a session that is not attached. */
int pinverdict_gnutls_verify_function(gnutls_session_t session);

#ifdef __cplusplus
}
#endif

#endif
