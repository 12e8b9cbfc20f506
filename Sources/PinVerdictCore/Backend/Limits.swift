// SPDX-License-Identifier: Apache-2.0

/// The largest inputs that are accepted. What is larger is refused; `pinverdict.h` has the same numbers.
public enum Limits {
    /// Certificates of a path, and of what a peer sent.
    public static var certificates: Int { CertificateSlots<UInt8>.count }
    /// Bytes of a host's spelling.
    public static var hostSpelling: Int { HostName.maximumSpelling }
    /// Bytes of an install id.
    public static var installID: Int { InstallID.capacity }
    /// Letters of an environment's name, and of a pin set's.
    public static var name: Int { EnvironmentText.capacity }
    /// Logs whose SCTs a policy takes.
    public static var logs: Int { 128 }
    /// SCTs of a certificate that are looked at: those of known logs that stand first.
    public static var scts: Int { SCTSlots<UInt8>.count }
}

/// An element for each SCT that is looked at.
typealias SCTSlots<Element> = InlineArray<16, Element>

/// An element for each certificate that a path may have.
public typealias CertificateSlots<Element> = InlineArray<32, Element>

/// The bytes that tell installations apart in a rollout; none for no id.
public typealias InstallID = ASCIIText<256>

/// An environment's name; empty for none.
public typealias EnvironmentText = ASCIIText<63>
