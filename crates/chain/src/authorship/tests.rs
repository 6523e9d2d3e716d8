use super::*;
use crate::LedgerName;
use crate::testing::{author, for_each_bit_flip, origin};

const ACT: &[u8] = b"an act";

fn act_id(number: u8) -> ActId {
    ActId::from_bytes([number; 16])
}

fn signed(key: &AuthorSigningKey, number: u8) -> Authorship {
    key.sign_act(
        &origin(),
        act_id(number),
        ACT,
        &Nonce::from_bytes([number; 32]),
    )
}

#[test]
fn key_ids_are_those_of_the_definition() {
    let key = author();
    let input = [b"sabt author key v1".as_slice(), key.public().as_bytes()].concat();
    let hash = <sha2::Sha256 as sha2::Digest>::digest(&input);
    assert_eq!(key.public().id().as_bytes().as_slice(), &hash[..8]);
    assert_eq!(
        AuthorKey::from_bytes(key.public().as_bytes()).as_ref(),
        Ok(key.public())
    );
}

#[test]
fn what_is_signed_is_what_the_definition_says() {
    let (key, authorship) = (author(), signed(&author(), 1));
    let commitment = blake3::keyed_hash(&[1; 32], ACT);
    assert_eq!(authorship.commitment.as_bytes(), commitment.as_bytes());
    let message = [
        b"sabt act v1".as_slice(),
        b"registry.example/sabt/events",
        &[1; 16],
        commitment.as_bytes(),
    ]
    .concat();
    let signature = key.secret.sign(&message);
    assert_eq!(authorship.signature.as_bytes(), &signature.to_bytes());
}

#[test]
fn a_signature_holds_for_its_key_ledger_act_and_commitment_alone() {
    let (key, authorship) = (author(), signed(&author(), 1));
    let public = key.public();
    assert_eq!(public.verify(&origin(), act_id(1), &authorship), Ok(()));
    assert_eq!(
        public.verify(&origin(), act_id(2), &authorship),
        Err(AuthorshipError::Signature)
    );
    let elsewhere = origin().sibling(LedgerName::Disclosures).unwrap();
    assert_eq!(
        public.verify(&elsewhere, act_id(1), &authorship),
        Err(AuthorshipError::Signature)
    );
    let recommitted = Authorship {
        commitment: Nonce::from_bytes([2; 32]).commit(ACT),
        ..authorship
    };
    assert_eq!(
        public.verify(&origin(), act_id(1), &recommitted),
        Err(AuthorshipError::Signature)
    );
    let other = AuthorSigningKey::from_seed([8; 32]);
    let (expected, found) = (other.public().id(), public.id());
    assert_eq!(
        other.public().verify(&origin(), act_id(1), &authorship),
        Err(AuthorshipError::KeyId { expected, found })
    );
    let renamed = Authorship {
        key_id: expected,
        ..authorship
    };
    assert_eq!(
        other.public().verify(&origin(), act_id(1), &renamed),
        Err(AuthorshipError::Signature)
    );
    for_each_bit_flip(authorship.signature.as_bytes(), |_, flipped| {
        let signature = Signature::from_bytes(flipped.try_into().unwrap());
        let forged = Authorship {
            signature,
            ..authorship
        };
        assert!(public.verify(&origin(), act_id(1), &forged).is_err());
    });
}

#[test]
fn keys_with_which_anything_verifies_are_refused() {
    // The neutral element, a point of order 8, bytes that are no point.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let order_eight: [u8; 32] =
        hex::decode("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
            .unwrap()
            .try_into()
            .unwrap();
    let mut no_point = [0; 32];
    no_point[0] = 2;
    for bytes in [neutral, order_eight, no_point] {
        assert_eq!(AuthorKey::from_bytes(&bytes), Err(AuthorshipError::Key));
    }
    // A key with a component of small order is not weak on its own, yet batches would judge it by chance.
    let sound = author().public().key.to_edwards();
    let small = VerifyingKey::from_bytes(&order_eight).unwrap().to_edwards();
    let mixed = (sound + small).compress().to_bytes();
    assert!(VerifyingKey::from_bytes(&mixed).is_ok_and(|key| !key.is_weak()));
    assert_eq!(AuthorKey::from_bytes(&mixed), Err(AuthorshipError::Key));
}

#[test]
fn a_batch_tells_which_signatures_fail() {
    let keys = [author(), AuthorSigningKey::from_seed([8; 32])];
    let mut authorships: Vec<Authorship> = (0..20)
        .map(|number| signed(&keys[usize::from(number) % 2], number))
        .collect();
    let failing = |authorships: &[Authorship]| {
        let acts: Vec<SignedAct<'_>> = (0_u8..)
            .zip(authorships)
            .map(|(number, authorship)| SignedAct {
                key: keys[usize::from(number) % 2].public(),
                act_id: act_id(number),
                authorship,
            })
            .collect();
        verify_batch(&origin(), &acts)
    };
    assert_eq!(failing(&[]), Vec::<usize>::new());
    assert_eq!(failing(&authorships[..1]), Vec::<usize>::new());
    assert_eq!(failing(&authorships), Vec::<usize>::new());
    authorships[3].signature = authorships[4].signature;
    authorships[17].key_id = keys[0].public().id();
    assert_eq!(failing(&authorships), [3, 17]);
}

#[test]
fn batches_are_cut_at_their_limit() {
    let key = author();
    let good = signed(&key, 1);
    let bad = Authorship {
        commitment: Nonce::from_bytes([3; 32]).commit(ACT),
        ..good
    };
    let act = |authorship| SignedAct {
        key: key.public(),
        act_id: act_id(1),
        authorship,
    };
    let mut acts = vec![act(&good); BATCH_SIGNATURES_MAX + 3];
    acts[BATCH_SIGNATURES_MAX + 1] = act(&bad);
    assert_eq!(verify_batch(&origin(), &acts), [BATCH_SIGNATURES_MAX + 1]);
}

#[test]
fn secrets_are_not_shown() {
    assert_eq!(format!("{:?}", Nonce::from_bytes([1; 32])), "Nonce(..)");
    let shown = format!("{:?}", author());
    assert!(!shown.contains("0707"), "{shown}");
}
