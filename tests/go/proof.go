package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// A Proof is the content of a .tlog-proof file (C2SP tlog-proof).
type Proof struct {
	Extra      []byte
	Index      int64
	Hashes     tlog.RecordProof
	Checkpoint []byte
}

// ParseProof reads a .tlog-proof file.
func ParseProof(file []byte) (*Proof, error) {
	head, checkpoint, ok := strings.Cut(string(file), "\n\n")
	if !ok {
		return nil, errors.New("no empty line before the checkpoint")
	}
	lines := strings.Split(head, "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		return nil, fmt.Errorf("%q is not the first line of a proof", lines[0])
	}
	lines = lines[1:]
	proof := &Proof{Checkpoint: []byte(checkpoint)}
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		extra, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[0], "extra "))
		if err != nil {
			return nil, fmt.Errorf("extra: %w", err)
		}
		proof.Extra, lines = extra, lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return nil, errors.New("no index")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	proof.Index = index
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		proof.Hashes = append(proof.Hashes, hash)
	}
	return proof, nil
}

// checkProof checks a proof by itself: its checkpoint by the keys, its entry, which stands in extra, by its hashes; and,
// if its ledger was checked, that the ledger continues the proof's checkpoint and holds that entry there.
func checkProof(file string, trust *Trust, ledgers map[string]*Ledger) error {
	bytes, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	proof, err := ParseProof(bytes)
	if err != nil {
		return err
	}
	checkpoint, err := trust.OpenCheckpoint(proof.Checkpoint)
	if err != nil {
		return err
	}
	if proof.Extra == nil {
		return errors.New("the proof does not carry its entry")
	}
	tree, leaf := checkpoint.Tree, tlog.RecordHash(proof.Extra)
	if err := tlog.CheckRecord(proof.Hashes, tree.N, tree.Hash, proof.Index, leaf); err != nil {
		return err
	}
	ledger, ok := ledgers[checkpoint.Origin]
	if !ok {
		return nil
	}
	if ledger.stored[tlog.StoredHashIndex(0, proof.Index)] != leaf {
		return fmt.Errorf("the ledger holds another entry at %d", proof.Index)
	}
	return ledger.checkConsistency(tree)
}
