"""Checks the signature of a notification: verify.py SECRET HEADER NOW < body"""
import hashlib
import hmac
import sys


def is_genuine(secret: str, header: str, body: bytes, now: int, tolerance: int = 300) -> bool:
    parts = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    moment, given = parts.get("t", ""), parts.get("v1", "")
    if not (moment.isdigit() and abs(now - int(moment)) <= tolerance):
        return False
    signed = moment.encode() + b"." + body
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), given.encode())


if __name__ == "__main__":
    secret, header, now = sys.argv[1:4]
    genuine = is_genuine(secret, header, sys.stdin.buffer.read(), int(now))
    print("genuine" if genuine else "forged")
    sys.exit(0 if genuine else 1)
