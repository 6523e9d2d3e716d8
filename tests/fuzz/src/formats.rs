//! The formats of the journal's files.

use sabt_chain::frame::{FRAME_HEADER_BYTES, Frame, FrameHeader, RawFrame};
use sabt_chain::segment::{SEGMENT_HEADER_BYTES, SegmentHeader};
use sabt_chain::tree::Frontier;
use sabt_chain::{Chain, Envelope, LedgerName, Origin};

/// Length of a checksum, CRC-32C.
const CHECKSUM_BYTES: usize = 4;

/// An envelope is written back as it was, and states its own length.
pub fn envelope(bytes: &[u8]) {
    if let Ok(envelope) = Envelope::decode(bytes) {
        let encoded = envelope.encode().expect("it was decoded");
        assert_eq!(encoded.as_bytes(), bytes);
    }
}

/// A frame keeps to its bytes; its records are as many as it says, and their payloads lie inside it.
pub fn frame(bytes: &[u8]) {
    let _any = FrameHeader::peek(bytes);
    read_frame(bytes);
    // A mutation seldom meets the checksum, so it is set right.
    let Ok(raw) = RawFrame::split(bytes) else {
        return;
    };
    let checksum = raw.computed_checksum().to_be_bytes();
    let mut mended = bytes.to_vec();
    mended[FRAME_HEADER_BYTES - CHECKSUM_BYTES..FRAME_HEADER_BYTES].copy_from_slice(&checksum);
    RawFrame::split(&mended)
        .expect("only its checksum has changed")
        .check_checksum()
        .expect("it is set right");
    read_frame(&mended);
}

fn read_frame(bytes: &[u8]) {
    let Ok(frame) = Frame::parse(bytes) else {
        return;
    };
    assert!(bytes.starts_with(frame.bytes()));
    assert_eq!(frame.bytes().len(), frame.header().total_len());
    let mut position = frame.header().first_position();
    let mut records = 0_u32;
    for record in frame.records() {
        assert_eq!(record.envelope.position, position);
        assert_eq!(
            u32::try_from(record.sealed.len()),
            Ok(record.envelope.sealed_len)
        );
        let end = record.sealed_offset + record.sealed.len();
        assert_eq!(&frame.bytes()[record.sealed_offset..end], record.sealed);
        let _state = record.payload_state();
        position = position.next().expect("the header was checked");
        records += 1;
    }
    assert_eq!(records, frame.header().count());
    let _erased = frame.check_digests();
    let chain = Chain::new(&origin());
    if let Ok(link) = frame.check_links(&chain, frame.header().previous()) {
        let last = frame.records().last().expect("a frame has a record");
        assert_eq!(link, chain.link(last.envelope_bytes));
    }
}

/// A segment header is written back as it was.
pub fn segment_header(bytes: &[u8]) {
    let _any = SegmentHeader::decode(bytes);
    // Headers are long and end in zeros, and a mutation seldom meets the checksum: both are set right.
    let mut header = bytes.to_vec();
    header.resize(SEGMENT_HEADER_BYTES - CHECKSUM_BYTES, 0);
    let checksum = crc32c::crc32c(&header);
    header.extend_from_slice(&checksum.to_be_bytes());
    if let Ok(decoded) = SegmentHeader::decode(&header) {
        assert_eq!(decoded.encode(), header);
    }
}

/// The right edge of a tree is written back as it was.
pub fn frontier(bytes: &[u8]) {
    if let Ok(frontier) = Frontier::decode(bytes) {
        assert_eq!(frontier.encode(), bytes);
        let parts = Frontier::from_hashes(frontier.size(), frontier.hashes().to_vec());
        assert_eq!(parts.as_ref(), Ok(&frontier));
        let _root = frontier.root();
    }
}

fn origin() -> Origin {
    Origin::new("registry.example/sabt", LedgerName::Events).expect("a valid name")
}
