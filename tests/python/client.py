"""A client of Sabt in another language: submits a signed act, asks, follows the feed.

Usage: client.py SERVER CA_PEM REGISTRAR_STEM CIVIL_REGISTRY_STEM AUTHOR_SEED_HEX ORIGIN OFFICE

Stubs are generated from proto/ into the directory named by STUBS. Prints one JSON object.
"""

import hashlib
import json
import os
import secrets
import sys
import time

sys.path.insert(0, os.environ["STUBS"])

import blake3
import grpc
from nacl.signing import SigningKey

from sabt.api.v1 import registry_pb2 as api
from sabt.api.v1 import registry_pb2_grpc as rpc
from sabt.event.v1 import act_pb2, fact_pb2


def channel(server, ca, stem):
    read = lambda path: open(path, "rb").read()
    credentials = grpc.ssl_channel_credentials(
        root_certificates=read(ca),
        private_key=read(stem + ".key"),
        certificate_chain=read(stem + ".pem"),
    )
    return grpc.secure_channel(server, credentials)


def uuid7():
    millis = int(time.time() * 1000)
    raw = bytearray(millis.to_bytes(6, "big") + secrets.token_bytes(10))
    raw[6] = 0x70 | (raw[6] & 0x0F)
    raw[8] = 0x80 | (raw[8] & 0x3F)
    return bytes(raw)


def registration(office):
    return act_pb2.Act(
        act_id=uuid7(),
        office=office,
        officer="R-17",
        occurred_on=fact_pb2.Date(calendar=fact_pb2.CALENDAR_JALALI, year=1399, month=9, day=9),
        recorded_at=int(time.time() * 1_000_000),
        legal_basis="duty:12",
        register_person=act_pb2.RegisterPerson(
            particulars=fact_pb2.Particulars(
                names=[
                    fact_pb2.Name(
                        kind=fact_pb2.NAME_KIND_AS_WRITTEN,
                        script=fact_pb2.SCRIPT_ARABIC,
                        given="\u0632\u06cc\u0646\u0628",
                        family="\u0631\u0636\u0627\u06cc\u06cc",
                    )
                ],
                sex=fact_pb2.SEX_FEMALE,
                birth_date=fact_pb2.Date(calendar=fact_pb2.CALENDAR_JALALI, year=1370),
                nationalities=[
                    fact_pb2.Nationality(
                        country="AFG", state=fact_pb2.NATIONALITY_STATE_CLAIMED
                    )
                ],
            ),
            evidence=fact_pb2.EVIDENCE_STATE_NO_DOCUMENT,
            address=fact_pb2.Address(province="IR-23"),
        ),
    )


def sign(act, key, origin):
    data = act.SerializeToString()
    nonce = secrets.token_bytes(32)
    commitment = blake3.blake3(data, key=nonce).digest()
    message = b"sabt act v1" + origin.encode() + act.act_id + commitment
    public = key.verify_key.encode()
    return api.SignedAct(
        act=data,
        nonce=nonce,
        key_id=hashlib.sha256(b"sabt author key v1" + public).digest()[:8],
        signature=key.sign(message).signature,
    )


def link(origin, envelope):
    return blake3.blake3(envelope, derive_key_context=f"{origin} chain v1").digest()


def follow(stub, origin):
    """Follows the feed in two sittings and checks every link: nothing was skipped."""
    purpose = api.Purpose(
        code="CIVIL_REGISTRATION_SYNC", legal_basis="duty:12", case_reference="sync"
    )
    previous = link(origin, origin.encode())
    position, contents = 0, 0
    for _sitting in range(2):
        # `from` is a keyword in Python.
        request = api.FollowRequest(
            purpose=purpose, stop_at_head=True, **{"from": position}
        )
        for page in stub.Follow(request):
            for entry in page.entries:
                assert entry.position == position, "a position was skipped"
                assert entry.envelope[10:42] == previous, "the chain is broken"
                previous = link(origin, entry.envelope)
                position += 1
                contents += entry.HasField("event")
    return position, contents


def main():
    server, ca, registrar, civil, seed, origin, office = sys.argv[1:]
    key = SigningKey(bytes.fromhex(seed))
    with channel(server, ca, registrar) as connection:
        act = registration(office)
        receipt = rpc.RegistryStub(connection).SubmitAct(
            api.SubmitActRequest(signed_act=sign(act, key, origin))
        ).receipt
        number = receipt.numbers[0]
        answer = rpc.PersonsStub(connection).GetPerson(
            api.GetPersonRequest(
                purpose=api.Purpose(
                    code="REGISTRATION", legal_basis="duty:12", case_reference="python"
                ),
                at=api.AsOf(min_position=receipt.position + receipt.parts),
                person=number,
            )
        )
        assert answer.person.number == number
        assert answer.info.disclosure.link, "an answer without a disclosure receipt"
        try:
            rpc.PersonsStub(connection).GetPerson(api.GetPersonRequest(person=number))
            raise AssertionError("a question without a purpose was answered")
        except grpc.RpcError as refused:
            assert refused.code() == grpc.StatusCode.INVALID_ARGUMENT, refused.code()
    with channel(server, ca, civil) as connection:
        records, contents = follow(rpc.FeedStub(connection), origin)
    print(json.dumps({"number": number, "records": records, "contents": contents}))


if __name__ == "__main__":
    main()
