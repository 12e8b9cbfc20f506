# SPDX-License-Identifier: Apache-2.0
"""``python -m pinverdict``: the pins of certificates, verdicts about chains, and what a policy demands of a host, by
the library alone. The command ``pinverdict`` says more: of keys, of mistakes in policies, and where things stand."""

import argparse
import base64
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pinverdict
from pinverdict import Checker, ExpectedPin, PinKind, PinList, Policy, PolicyError, Reason, Verdict, pins_of
from pinverdict._nobody import NOBODY

ALLOW, REFUSE, MISUSE = 0, 1, 2

# The command's words.
WORDS = {
    Reason.NONE: "no verdict was reached",
    Reason.MATCHED: "the path has the pins that the rule demands",
    Reason.NOT_PINNED: "no rule covers the host",
    Reason.ENFORCEMENT_OFF: "the host's rule is off",
    Reason.PINS_EXPIRED: "the rule's pins have expired",
    Reason.NO_MATCH: "the path does not have the pins that the rule demands",
    Reason.REJECTED_KEY: "the path has a key that the policy rejects",
    Reason.TOO_FEW_SCTS: "fewer logs than require-scts asks for have a good SCT in the certificate",
    Reason.CT_LOGS_STALE: "the policy's list of logs is past its max-age",
    Reason.UNTRUSTED_CHAIN: "the chain leads to no trusted certificate",
    Reason.HOSTNAME_MISMATCH: "the certificate is not for this host",
    Reason.CERTIFICATE_EXPIRED: "a certificate has expired or is not yet valid",
    Reason.NO_VALIDATED_PATH: "there is no validated path",
    Reason.NOT_A_PATH: "a certificate's issuer is not the next one's subject: this is no path",
    Reason.MALFORMED_CERTIFICATE: "a certificate is malformed",
    Reason.MALFORMED_HOSTNAME: "the host is neither a host name nor an IP address",
    Reason.EMPTY_CHAIN: "there is no certificate",
    Reason.EXTRACTORS_DISAGREE: "the TLS library finds another key in it, or refuses it",
    Reason.INVALID_ARGUMENT: "the checker was called with an argument that it does not take",
    Reason.BACKEND_FAILURE: "the TLS library failed",
}

BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----(?:(.*?)-----END \1-----)?", re.S)


class Misuse(Exception):
    """What ends the command without an answer."""


class Item(NamedTuple):
    place: str
    label: str
    der: bytes


def read(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise Misuse(f"pinverdict: {name}: {error.strerror}") from None


def items(name: str) -> Iterator[Item]:
    """What a file holds: one certificate in DER, or blocks of PEM with any text around."""
    data, title = read(name), "standard input" if name == "-" else name
    if data[:1] == b"\x30":
        yield Item(title, "CERTIFICATE", data)
        return
    for block in BLOCK.finditer(data):
        place = f"{title}:{data.count(bytes([10]), 0, block.start()) + 1}"
        try:
            if block[2] is None:
                raise ValueError
            yield Item(place, block[1].decode(), base64.b64decode(b"".join(block[2].split()), validate=True))
        except ValueError:
            if block[1] == b"CERTIFICATE":
                raise Misuse(f"pinverdict: {place}: the PEM block is broken") from None
            yield Item(place, block[1].decode(), b"")


def certificates(name: str) -> list[Item]:
    found = [item for item in items(name) if item.label == "CERTIFICATE"]
    if not found:
        raise Misuse(f"pinverdict: {name}: holds no certificate: neither PEM nor DER")
    return found


def pin(options: argparse.Namespace) -> int:
    status, kind = ALLOW, PinKind[options.kind.upper()]
    for name in options.files or ["-"]:
        number = 0
        for item in items(name):
            number += item.label == "CERTIFICATE"
            try:
                if item.label != "CERTIFICATE":
                    raise ValueError(f"{item.label}: only certificates are read here, the command pinverdict reads it")
                found = pins_of(item.der)
                if kind not in found:
                    raise ValueError("its key's algorithm has no such pin")
                print(f"# {item.place}: certificate {number}\n{found[kind]}\n")
            except (ValueError, RuntimeError) as error:
                print(f"pinverdict: {item.place}: {error}", file=sys.stderr)
                status = MISUSE
        if not number and status == ALLOW:
            raise Misuse(f"pinverdict: {name}: holds no certificate: neither PEM nor DER")
    return status


def checker(options: argparse.Namespace, trust_file: str | None = None, presented: bool = False) -> Checker:
    try:
        policy = Policy.parse(read(options.policy))
    except PolicyError as error:
        line = f":{error.line}" if error.line is not None else ""
        raise Misuse(f"{options.policy}{line}: error: {error.args[0]}") from None
    identity = options.install_id.encode() if options.install_id is not None else None
    try:
        return Checker(policy, environment=options.environment, install_id=identity, trust_file=trust_file,
                       presented=presented)
    except (OSError, ValueError, RuntimeError) as error:
        raise Misuse(f"pinverdict: {error}") from None


def show(title: str, text: str) -> None:
    """A line of a report, as the command writes it."""
    print(f"{title:<13}{text}".rstrip() if title or text else "")


def show_demands(pins: Sequence[ExpectedPin]) -> None:
    title = "demands"
    for where in PinList:
        if members := [pin for pin in pins if pin.list is where]:
            show(title, "one of")
            for member in members:
                show("", f"  {member}")
            title = "and"


def enforcement(verdict: Verdict) -> str:
    if verdict.reason is Reason.ENFORCEMENT_OFF:
        return "off: every connection is allowed"
    return "what fails is refused" if verdict.enforced else "what fails is allowed and reported"


def check(options: argparse.Namespace) -> int:
    chain = [item.der for name in options.chain for item in certificates(name)]
    checking = checker(options, options.trust_file, options.presented)
    if options.presented:
        verdict = checking.check_presented(options.host, chain, with_path=True)
    else:
        verdict = checking.check_validated(options.host, chain)
    show("allow" if verdict else "refuse", f"{verdict.reason}: {WORDS.get(verdict.reason, '')}")
    if verdict.detail:
        show("", verdict.detail)
    if verdict.softened:
        show("", "allowed all the same, since it is not enforced")
    show("host", ascii(options.host)[1:-1])
    if verdict.rule is not None:
        show("rule", f"[host {verdict.rule}]")
        show("enforcement", enforcement(verdict))
    if verdict.pin is not None:
        show("rejected" if verdict.reason is Reason.REJECTED_KEY else "pin", f"{verdict.pin}")
        show("", f"on certificate {verdict.depth}")
    if verdict.backup:
        show("rotation", "only backup pins matched: a rotation is under way")
    show("", "")
    for depth, found in enumerate(verdict.pins_found):
        title = ("path" if verdict.chain else "sent") if depth == 0 else ""
        show(title, f"{depth}  {found.get(PinKind.SPKI, 'cannot be read')}")
    show_demands(verdict.pins_expected or ())
    if not options.presented:
        show("note", "the certificates were taken as a path that a TLS library has validated;")
        show("", "this command does not validate them")
    return ALLOW if verdict else REFUSE


def explain(options: argparse.Namespace) -> int:
    checking = checker(options)
    try:
        pins = checking.pins_expected(options.host)
    except ValueError:
        raise Misuse(f"pinverdict: host {ascii(options.host)} is neither a host name nor an IP address") from None
    verdict = checking.check_validated(options.host, [NOBODY])
    show("host", options.host)
    if verdict.rule is not None:
        show("decided by", f"[host {verdict.rule}]")
    elif verdict.reason is not Reason.ENFORCEMENT_OFF:
        show("decided by", f"no rule: the host is not pinned, and {'allowed' if verdict else 'refused'}")
    show_demands(pins)
    if verdict.rule is not None or verdict.reason is Reason.ENFORCEMENT_OFF:
        show("enforcement", enforcement(verdict))
    if verdict.reason is Reason.PINS_EXPIRED:
        show("expired", f"the rule's pins: every connection is {'allowed' if verdict else 'refused'}")
    return ALLOW


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(prog="pinverdict", description=__doc__)
    whole.add_argument("--version", action="version", version=pinverdict.__version__)
    subcommands = whole.add_subparsers(title="subcommands", metavar="subcommand")

    def subcommand(run: Callable[[argparse.Namespace], int], words: str) -> argparse.ArgumentParser:
        parser = subcommands.add_parser(run.__name__, help=words, description=words)
        parser.set_defaults(run=run)
        return parser

    def of_policy(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--policy", metavar="file", required=True, help="the policy file; - is standard input")
        parser.add_argument("--host", metavar="name", required=True, help="the host that the connection was made to")
        parser.add_argument("--environment", metavar="name", help="the environment of the checker")
        parser.add_argument("--install-id", metavar="text", help="what tells this installation from others")

    pins = subcommand(pin, "Print the pins of certificates, ready to paste into a policy.")
    kinds = [kind.name.lower() for kind in PinKind]
    pins.add_argument("--kind", choices=kinds, default=kinds[0], help="which pin (default: spki)")
    pins.add_argument("files", nargs="*", help="PEM or DER files; - or none: standard input")

    checks = subcommand(check, "Say whether a policy allows a connection to a host over a path of certificates.")
    of_policy(checks)
    checks.add_argument("--presented", action="store_true",
                        help="the certificates are what a server sent, leaf first: they are validated")
    checks.add_argument("--trust-file", metavar="file",
                        help="PEM file of the trust anchors for --presented; else the system's")
    checks.add_argument("chain", nargs="+", help="PEM or DER files: the path, leaf first; - is standard input")

    of_policy(subcommand(explain, "Say which rule of a policy decides for a host, and what it demands."))
    # Has options of its own, and asks for packages that the others do without.
    subcommands.add_parser("replay", add_help=False, help="Say what a policy would have done to what was seen.")
    return whole


def replay(arguments: Sequence[str]) -> int:
    try:
        from .replay.command import main as command
    except ModuleNotFoundError as error:
        print(f"pinverdict replay: needs {error.name}: pip install 'pinverdict[replay]'", file=sys.stderr)
        return MISUSE
    return command(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    if list(arguments[:1]) == ["replay"]:
        return replay(arguments[1:])
    commands = parser()
    options = commands.parse_args(arguments)
    if "run" not in options:
        commands.print_help()
        return ALLOW
    try:
        status: int = options.run(options)
        sys.stdout.flush()
        return status
    except Misuse as misuse:
        print(misuse, file=sys.stderr)
        return MISUSE


if __name__ == "__main__":
    sys.exit(main())
