// SPDX-License-Identifier: Apache-2.0

#if OpenSSL
    import COpenSSL

    /// Until when a certificate is valid.
    struct CertificateExpiry {
        let moment: Int64

        /// Nil for what OpenSSL cannot read.
        init?(_ certificate: [UInt8]) {
            let moment: Int? = unsafe certificate.withUnsafeBufferPointer { bytes in
                var start = bytes.baseAddress
                guard let parsed = unsafe d2i_X509(nil, &start, bytes.count) else { return nil }
                defer { unsafe X509_free(parsed) }
                var time = unsafe tm()
                guard unsafe ASN1_TIME_to_tm(X509_get0_notAfter(parsed), &time) == 1 else { return nil }
                return unsafe timegm(&time)
            }
            ERR_clear_error()
            guard let moment else { return nil }
            self.moment = Int64(moment)
        }

        private var seconds: Int64 { max(0, moment) }

        /// The day, in UTC.
        var day: String { DateText.text(days: Int32(clamping: seconds / 86400)) }

        /// Whole days; negative for one that has expired.
        func days(from now: Moment) -> Int {
            let difference = moment - now.seconds
            return Int(difference >= 0 ? difference / 86400 : (difference - 86399) / 86400)
        }

        /// Such as "until 2027-01-03, 36 days".
        func text(at now: Moment) -> String {
            let days = days(from: now)
            return days < 0 ? "until \(day), expired" : "until \(day), \(counted(days, "day"))"
        }
    }
#endif
