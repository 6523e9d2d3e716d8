//! Small ledgers to test with.

use crate::authorship::{AuthorSigningKey, Nonce};
use crate::frame::FrameBuilder;
use crate::{
    ActId, Chain, Digest, EncodedEnvelope, Envelope, Epoch, Kind, LedgerName, Link, Origin, Part,
    Position, SubjectTag, Timestamp,
};

/// When the first record of a test ledger is recorded: 2026-03-21T00:00:00Z.
pub(crate) const START: Timestamp = Timestamp::from_micros(1_774_051_200_000_000);

pub(crate) fn origin() -> Origin {
    Origin::new("registry.example/sabt", LedgerName::Events).unwrap()
}

pub(crate) fn chain() -> Chain {
    Chain::new(&origin())
}

pub(crate) fn author() -> AuthorSigningKey {
    AuthorSigningKey::from_seed([7; 32])
}

/// Writes records that obey every rule, unless a test alters them.
#[derive(Clone)]
pub(crate) struct Ledger {
    pub(crate) chain: Chain,
    pub(crate) position: Position,
    pub(crate) link: Link,
    pub(crate) epoch: Epoch,
    acts: u8,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        let chain = chain();
        let link = chain.genesis();
        Self {
            chain,
            position: Position::FIRST,
            link,
            epoch: Epoch::new(1),
            acts: 0,
        }
    }

    /// The records of the next act, in `parts` parts; the ledger does not move on.
    pub(crate) fn act(&self, parts: u8) -> Vec<(Envelope, Vec<u8>)> {
        let act_id = ActId::from_bytes([self.acts + 1; 16]);
        let authorship =
            author().sign_act(&origin(), act_id, b"an act", &Nonce::from_bytes([9; 32]));
        let mut previous = self.link;
        (0..parts)
            .map(|part| {
                let position = self.position.advance(u64::from(part)).unwrap();
                let tag = u8::try_from(position.get()).unwrap();
                let payload = vec![tag | 0x80; 60 + usize::from(part)];
                let envelope = Envelope {
                    kind: Kind::Event,
                    position,
                    previous,
                    recorded_at: Timestamp::from_micros(START.as_micros() + i64::from(tag)),
                    subject_tag: SubjectTag::from_bytes([tag; 16]),
                    act_id,
                    part: Part::new(part, parts).unwrap(),
                    sealed_len: u32::try_from(payload.len()).unwrap(),
                    sealed_digest: Digest::of(&payload),
                    authorship: (part == 0).then_some(authorship),
                };
                previous = self.chain.link(&envelope.encode().unwrap());
                (envelope, payload)
            })
            .collect()
    }

    /// A frame of acts with so many parts each; the ledger moves on.
    pub(crate) fn frame(&mut self, acts: &[u8]) -> Vec<u8> {
        let mut builder = FrameBuilder::new(self.epoch, self.position, self.link);
        for parts in acts {
            for (envelope, payload) in self.act(*parts) {
                self.push(&mut builder, &envelope.encode().unwrap(), &payload);
            }
            self.acts += 1;
        }
        builder.finish().unwrap()
    }

    /// Adds a record to a frame and moves on.
    pub(crate) fn push(
        &mut self,
        builder: &mut FrameBuilder,
        envelope: &EncodedEnvelope,
        payload: &[u8],
    ) {
        builder.push(envelope, payload).unwrap();
        self.link = self.chain.link(envelope);
        self.position = self.position.next().unwrap();
    }
}

/// Calls `check` with the bytes, each of their bits flipped in turn.
pub(crate) fn for_each_bit_flip(bytes: &[u8], mut check: impl FnMut(usize, &[u8])) {
    let mut flipped = bytes.to_vec();
    for bit in 0..bytes.len() * 8 {
        flipped[bit / 8] ^= 1 << (bit % 8);
        check(bit / 8, &flipped);
        flipped[bit / 8] ^= 1 << (bit % 8);
    }
}

/// Compares bytes with a golden: hexadecimal in lines of any length.
pub(crate) fn check_golden(golden: &str, bytes: &[u8]) {
    let golden: String = golden.split_whitespace().collect();
    let found = hex::encode(bytes);
    assert!(
        golden == found,
        "the stored format has changed; it is now\n{found}"
    );
}
