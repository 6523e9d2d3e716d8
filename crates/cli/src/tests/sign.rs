use prost::Message as _;
use sabt_chain::authorship::{AuthorSigningKey, Nonce};
use sabt_chain::{ActId, Authorship, KeyId, LedgerName, Origin, Signature};
use sabt_proto::event::v1::Act;

use crate::data;
use crate::sign::Author;

const REGISTRY: &str = "test.example/sabt";

fn act() -> Act {
    Act {
        act_id: vec![7; 16],
        ..data::without_papers().unwrap()
    }
}

#[test]
fn what_is_signed_verifies_for_this_registry_alone() {
    let key = AuthorSigningKey::from_seed([3; 32]);
    let author = Author::new(key.clone(), REGISTRY).unwrap();
    let signed = author.sign(&act()).unwrap();
    assert_eq!(signed.act, act().encode_to_vec());
    let nonce = Nonce::from_bytes(signed.nonce.clone().try_into().unwrap());
    let authorship = Authorship {
        key_id: KeyId::from_bytes(signed.key_id.clone().try_into().unwrap()),
        commitment: nonce.commit(&signed.act),
        signature: Signature::from_bytes(signed.signature.clone().try_into().unwrap()),
    };
    let verify = |registry: &str| {
        let origin = Origin::new(registry, LedgerName::Events).unwrap();
        key.public()
            .verify(&origin, ActId::from_bytes([7; 16]), &authorship)
    };
    verify(REGISTRY).unwrap();
    verify("other.example/sabt").unwrap_err();
}

#[test]
fn no_nonce_is_used_twice() {
    let author = Author::new(AuthorSigningKey::from_seed([3; 32]), REGISTRY).unwrap();
    assert_ne!(
        author.sign(&act()).unwrap().nonce,
        author.sign(&act()).unwrap().nonce
    );
}

#[test]
fn an_act_without_an_identifier_is_not_signed() {
    let author = Author::new(AuthorSigningKey::from_seed([3; 32]), REGISTRY).unwrap();
    author
        .sign(&Act {
            act_id: vec![7; 15],
            ..act()
        })
        .unwrap_err();
}
