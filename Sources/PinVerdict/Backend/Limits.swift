// SPDX-License-Identifier: Apache-2.0

/// How much is taken of what comes from outside. What is larger is refused; `pinverdict.h` has the same numbers.
public enum Limits {
    /// Certificates of a path, and of what a peer sent.
    public static var certificates: Int { CertificateSlots<UInt8>.count }
    /// Bytes of a host's spelling.
    public static var hostSpelling: Int { HostName.maximumSpelling }
    /// Bytes of an install id.
    public static var installID: Int { InstallID.capacity }
    /// Letters of an environment's name, and of a pin set's.
    public static var name: Int { EnvironmentText.capacity }
}

/// Room for something of each certificate of a path.
public typealias CertificateSlots<Element> = InlineArray<32, Element>

/// What the rollout tells installations apart by; any bytes, none for no id.
public typealias InstallID = ASCIIText<256>

/// An environment's name; empty for none.
public typealias EnvironmentText = ASCIIText<63>
