package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// The algorithm number of an Ed25519 cosignature (C2SP tlog-cosignature), which the note package does not know.
const algCosignature = 4

// Trust holds the keys that an auditor brings along.
type Trust struct {
	logs      map[string][]note.Verifier
	witnesses []note.Verifier
}

// NewTrust parses vkeys of logs and of witnesses.
func NewTrust(keys, witnesses []string) (*Trust, error) {
	trust := &Trust{logs: map[string][]note.Verifier{}}
	for _, key := range keys {
		verifier, err := note.NewVerifier(key)
		if err != nil {
			return nil, fmt.Errorf("key %q: %w", key, err)
		}
		trust.logs[verifier.Name()] = append(trust.logs[verifier.Name()], verifier)
	}
	for _, key := range witnesses {
		verifier, err := newCosignatureVerifier(key)
		if err != nil {
			return nil, fmt.Errorf("witness %q: %w", key, err)
		}
		trust.witnesses = append(trust.witnesses, verifier)
	}
	return trust, nil
}

// Origins returns the names of the logs, in order.
func (t *Trust) Origins() []string {
	var origins []string
	for origin := range t.logs {
		origins = append(origins, origin)
	}
	sort.Strings(origins)
	return origins
}

// A Checkpoint is a signed tree head.
type Checkpoint struct {
	Origin       string
	Tree         tlog.Tree
	Signatures   int
	Cosignatures int
}

// OpenCheckpoint verifies a checkpoint: by every key of its log that signed it, and by all witnesses. The three lines
// are read here, because tlog.ParseTree takes only those of the checksum database.
func (t *Trust) OpenCheckpoint(message []byte) (*Checkpoint, error) {
	origin, _, _ := strings.Cut(string(message), "\n")
	verifiers := append(append([]note.Verifier{}, t.logs[origin]...), t.witnesses...)
	opened, err := note.Open(message, note.VerifierList(verifiers...))
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	checkpoint := &Checkpoint{Origin: origin}
	for _, signature := range opened.Sigs {
		if signature.Name == origin {
			checkpoint.Signatures++
		} else {
			checkpoint.Cosignatures++
		}
	}
	if checkpoint.Signatures == 0 {
		return nil, errors.New("checkpoint: no key of the log signed it")
	}
	if checkpoint.Cosignatures != len(t.witnesses) {
		return nil, fmt.Errorf("checkpoint: %d of %d witnesses cosigned it", checkpoint.Cosignatures, len(t.witnesses))
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != origin || lines[3] != "" {
		return nil, errors.New("checkpoint: not the three lines origin, size and root")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return nil, fmt.Errorf("checkpoint: %q is no size", lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return nil, fmt.Errorf("checkpoint: root: %w", err)
	}
	checkpoint.Tree = tlog.Tree{N: size, Hash: root}
	return checkpoint, nil
}

// A cosignatureVerifier verifies the signature lines of one witness.
type cosignatureVerifier struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func newCosignatureVerifier(vkey string) (*cosignatureVerifier, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	hash16, key64, ok := strings.Cut(rest, "+")
	if !ok || name == "" {
		return nil, errors.New("not written as name+id+base64")
	}
	stated, err := strconv.ParseUint(hash16, 16, 32)
	if err != nil || len(hash16) != 8 {
		return nil, fmt.Errorf("%q is no key id", hash16)
	}
	key, err := base64.StdEncoding.DecodeString(key64)
	if err != nil {
		return nil, err
	}
	if len(key) != 1+ed25519.PublicKeySize || key[0] != algCosignature {
		return nil, errors.New("not an Ed25519 cosignature key")
	}
	digest := sha256.Sum256(append([]byte(name+"\n"), key...))
	hash := binary.BigEndian.Uint32(digest[:4])
	if hash != uint32(stated) {
		return nil, fmt.Errorf("key id %08x is stated, name and key give %08x", stated, hash)
	}
	return &cosignatureVerifier{name: name, hash: hash, key: key[1:]}, nil
}

func (v *cosignatureVerifier) Name() string    { return v.name }
func (v *cosignatureVerifier) KeyHash() uint32 { return v.hash }

func (v *cosignatureVerifier) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	var message bytes.Buffer
	fmt.Fprintf(&message, "cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(signature))
	message.Write(text)
	return ed25519.Verify(v.key, message.Bytes(), signature[8:])
}

// checkEarlier checks that a ledger continues an earlier checkpoint, with a consistency proof from its tiles.
func checkEarlier(file string, trust *Trust, ledgers map[string]*Ledger) error {
	message, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, err := trust.OpenCheckpoint(message)
	if err != nil {
		return err
	}
	ledger, ok := ledgers[before.Origin]
	if !ok {
		return fmt.Errorf("no ledger of %s was checked", before.Origin)
	}
	if err := ledger.checkConsistency(before.Tree); err != nil {
		return err
	}
	ledger.Counts.Earlier++
	return nil
}
