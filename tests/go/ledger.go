package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	height = 8
	width  = 1 << height
)

// A Ledger is one exported tile tree.
type Ledger struct {
	Counts
	directory string
	tree      tlog.Tree
	// The hashes of all complete subtrees, by the index that tlog stores them under; worked out from entries alone.
	stored []tlog.Hash
	// The tiles read so far.
	cache map[string][]byte
	// The files that belong to the tree.
	expected map[string]bool
}

// ReadLedger opens a tile tree and verifies its checkpoint.
func ReadLedger(directory, origin string, trust *Trust) (*Ledger, error) {
	message, err := os.ReadFile(filepath.Join(directory, "checkpoint"))
	if err != nil {
		return nil, err
	}
	checkpoint, err := trust.OpenCheckpoint(message)
	if err != nil {
		return nil, err
	}
	if checkpoint.Origin != origin {
		return nil, fmt.Errorf("the checkpoint is of %s", checkpoint.Origin)
	}
	return &Ledger{
		Counts: Counts{
			Size:         checkpoint.Tree.N,
			Root:         checkpoint.Tree.Hash.String(),
			Signatures:   checkpoint.Signatures,
			Cosignatures: checkpoint.Cosignatures,
		},
		directory: directory,
		tree:      checkpoint.Tree,
		cache:     map[string][]byte{},
		expected:  map[string]bool{},
	}, nil
}

// Check checks everything about the ledger that needs no other file.
func (l *Ledger) Check(every int64, sizes []int64) error {
	if err := l.checkEntries(); err != nil {
		return err
	}
	if err := l.checkHashTiles(); err != nil {
		return err
	}
	if err := l.checkRoot(); err != nil {
		return err
	}
	if err := l.checkInclusion(every); err != nil {
		return err
	}
	for _, size := range sizes {
		root, err := tlog.TreeHash(size, l.fromEntries())
		if err != nil {
			return err
		}
		if err := l.checkConsistency(tlog.Tree{N: size, Hash: root}); err != nil {
			return err
		}
	}
	return l.checkFiles()
}

// checkEntries hashes every entry of every bundle, and compares the hashes with the tiles of level 0.
func (l *Ledger) checkEntries() error {
	for n := int64(0); n*width < l.tree.N; n++ {
		count := min(width, l.tree.N-n*width)
		bundle, err := l.read("entries", n, count)
		if err != nil {
			return err
		}
		// Our one addition to the format: payloads that are public, beside the entries. Only its place is checked.
		if _, err := l.read("clear", n, count); err != nil {
			return err
		}
		tile, err := l.read("0", n, count)
		if err != nil {
			return err
		}
		entries, err := splitBundle(bundle, count)
		if err != nil {
			return fmt.Errorf("bundle %d: %w", n, err)
		}
		for i, entry := range entries {
			index := n*width + int64(i)
			hash := tlog.RecordHash(entry)
			if hash != hashAt(tile, i) {
				return fmt.Errorf("entry %d does not have the hash that its tile states", index)
			}
			hashes, err := tlog.StoredHashesForRecordHash(index, hash, l.fromEntries())
			if err != nil {
				return err
			}
			l.stored = append(l.stored, hashes...)
			l.Leaves++
		}
	}
	if int64(len(l.stored)) != tlog.StoredHashCount(l.tree.N) {
		return errors.New("the entries do not make a tree of the signed size")
	}
	return nil
}

// checkHashTiles compares every hash of every tile above level 0 with the tile below it, and every length.
func (l *Ledger) checkHashTiles() error {
	for level := 0; l.tree.N>>(level*height) > 0; level++ {
		hashes := l.tree.N >> (level * height)
		for n := int64(0); n*width < hashes; n++ {
			count := min(width, hashes-n*width)
			tile, err := l.read(fmt.Sprint(level), n, count)
			if err != nil {
				return err
			}
			if int64(len(tile)) != count*tlog.HashSize {
				return fmt.Errorf("tile %d of level %d has %d bytes for %d hashes", n, level, len(tile), count)
			}
			l.HashTiles++
			if level == 0 {
				continue
			}
			for i := 0; i < int(count); i++ {
				child, err := l.read(fmt.Sprint(level-1), n*width+int64(i), width)
				if err != nil {
					return err
				}
				if hashAt(tile, i) != subtree(child) {
					return fmt.Errorf("hash %d of tile %d of level %d is not that of the tile below", i, n, level)
				}
			}
		}
	}
	return nil
}

// checkRoot compares the signed root with that of the entries, and with that of the tiles.
func (l *Ledger) checkRoot() error {
	root, err := tlog.TreeHash(l.tree.N, l.fromEntries())
	if err != nil {
		return err
	}
	if root != l.tree.Hash {
		return fmt.Errorf("the entries give the root %v, %v is signed", root, l.tree.Hash)
	}
	root, err = tlog.TreeHash(l.tree.N, l.fromTiles())
	if err != nil {
		return err
	}
	if root != l.tree.Hash {
		return fmt.Errorf("the tiles give the root %v, %v is signed", root, l.tree.Hash)
	}
	return nil
}

// checkInclusion proves every entry to be under the signed root; one in so many, and those at the edges of tiles, from
// nothing but tiles that are checked against that root again.
func (l *Ledger) checkInclusion(every int64) error {
	for index := int64(0); index < l.tree.N; index++ {
		leaf := l.stored[tlog.StoredHashIndex(0, index)]
		if err := l.checkRecord(index, leaf, l.fromEntries()); err != nil {
			return err
		}
		l.Inclusions++
		edge := index%width == 0 || index%width == width-1 || index == l.tree.N-1
		if !edge && index%every != 0 {
			continue
		}
		if err := l.checkRecord(index, leaf, l.fromTiles()); err != nil {
			return err
		}
		l.FromTiles++
	}
	return nil
}

func (l *Ledger) checkRecord(index int64, leaf tlog.Hash, reader tlog.HashReader) error {
	proof, err := tlog.ProveRecord(l.tree.N, index, reader)
	if err != nil {
		return fmt.Errorf("entry %d: %w", index, err)
	}
	if err := tlog.CheckRecord(proof, l.tree.N, l.tree.Hash, index, leaf); err != nil {
		return fmt.Errorf("entry %d: %w", index, err)
	}
	return nil
}

// checkConsistency proves from tiles that the ledger continues an earlier tree.
func (l *Ledger) checkConsistency(before tlog.Tree) error {
	if before.N < 1 || l.tree.N < before.N {
		return fmt.Errorf("a tree of %d entries cannot continue one of %d", l.tree.N, before.N)
	}
	proof, err := tlog.ProveTree(l.tree.N, before.N, l.fromTiles())
	if err != nil {
		return fmt.Errorf("size %d: %w", before.N, err)
	}
	if err := tlog.CheckTree(proof, l.tree.N, l.tree.Hash, before.N, before.Hash); err != nil {
		return fmt.Errorf("size %d: %w", before.N, err)
	}
	l.Consistency++
	return nil
}

// checkFiles looks for files that do not belong to a tree of this size.
func (l *Ledger) checkFiles() error {
	root := filepath.Join(l.directory, "tile")
	if l.tree.N == 0 {
		if _, err := os.Stat(root); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if !l.expected[path] {
			return fmt.Errorf("%s does not belong to a tree of %d entries", path, l.tree.N)
		}
		return nil
	})
}

// fromEntries reads hashes that were worked out from entries.
func (l *Ledger) fromEntries() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			if index < 0 || int64(len(l.stored)) <= index {
				return nil, fmt.Errorf("no hash %d", index)
			}
			hashes[i] = l.stored[index]
		}
		return hashes, nil
	})
}

// fromTiles reads hashes from tiles, each time checked up to the signed root.
func (l *Ledger) fromTiles() tlog.HashReader {
	return tlog.TileHashReader(l.tree, l)
}

// Height implements tlog.TileReader.
func (l *Ledger) Height() int { return height }

// SaveTiles implements tlog.TileReader.
func (l *Ledger) SaveTiles([]tlog.Tile, [][]byte) {}

// ReadTiles implements tlog.TileReader. Tiles stand under other paths than in the checksum database.
func (l *Ledger) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		var err error
		if data[i], err = l.read(fmt.Sprint(tile.L), tile.N, int64(tile.W)); err != nil {
			return nil, err
		}
	}
	return data, nil
}

// read reads a tile or bundle.
func (l *Ledger) read(level string, n, count int64) ([]byte, error) {
	path := filepath.Join(l.directory, filepath.FromSlash(tilePath(level, n, count)))
	if data, ok := l.cache[path]; ok {
		return data, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(data) == 0 && level != "clear" {
		return nil, fmt.Errorf("%s is empty", path)
	}
	l.expected[path] = true
	// Bundles are read once.
	if level != "entries" && level != "clear" {
		l.cache[path] = data
	}
	return data, nil
}

// tilePath is the path of a tile or bundle (C2SP tlog-tiles): tile/<L>/<N>[.p/<W>], N in elements of three digits, all
// but the last with an x before them.
func tilePath(level string, n, count int64) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	if count < width {
		path += fmt.Sprintf(".p/%d", count)
	}
	return strings.Join([]string{"tile", level, path}, "/")
}

// splitBundle cuts a bundle into its entries.
func splitBundle(bundle []byte, count int64) ([][]byte, error) {
	var entries [][]byte
	for len(bundle) > 0 {
		if len(bundle) < 2 {
			return nil, errors.New("a length is cut off")
		}
		length := int(binary.BigEndian.Uint16(bundle))
		if bundle = bundle[2:]; len(bundle) < length {
			return nil, errors.New("an entry is cut off")
		}
		entries = append(entries, bundle[:length])
		bundle = bundle[length:]
	}
	if int64(len(entries)) != count {
		return nil, fmt.Errorf("%d entries, not %d", len(entries), count)
	}
	return entries, nil
}

// hashAt is the hash number i of a tile; that of nothing, if the tile is too short.
func hashAt(tile []byte, i int) (hash tlog.Hash) {
	if (i+1)*tlog.HashSize <= len(tile) {
		copy(hash[:], tile[i*tlog.HashSize:])
	}
	return hash
}

// subtree is the root over the hashes of a full tile.
func subtree(tile []byte) tlog.Hash {
	hashes := make([]tlog.Hash, width)
	for i := range hashes {
		hashes[i] = hashAt(tile, i)
	}
	for len(hashes) > 1 {
		for i := 0; i < len(hashes)/2; i++ {
			hashes[i] = tlog.NodeHash(hashes[2*i], hashes[2*i+1])
		}
		hashes = hashes[:len(hashes)/2]
	}
	return hashes[0]
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}
