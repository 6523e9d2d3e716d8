// Command auditor checks exported ledgers of a registry with code that is not the registry's: the Go standard library
// and golang.org/x/mod/sumdb/{note,tlog}, which verify Go's own checksum database.
//
// It knows nothing of what an entry means. It is given what an auditor brings along, the log keys, and checks that
// every entry is under a signed root, that every tile is what the format says, and that proofs hold.
//
// It builds without modules, from Debian's packages golang-go and golang-golang-x-mod-dev:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go build -o auditor ./tests/go
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A list collects the values of an option that may be given more than once.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}

// Told is what the program prints when everything holds: how much of each it has checked.
type Told struct {
	Ledgers map[string]*Counts `json:"ledgers"`
	Proofs  int                `json:"proofs"`
}

// Counts says how much of one ledger was checked.
type Counts struct {
	Size         int64  `json:"size"`
	Root         string `json:"root"`
	Signatures   int    `json:"signatures"`
	Cosignatures int    `json:"cosignatures"`
	Leaves       int64  `json:"leaves"`
	HashTiles    int64  `json:"hash_tiles"`
	Inclusions   int64  `json:"inclusions"`
	FromTiles    int64  `json:"inclusions_from_tiles"`
	Consistency  int64  `json:"consistency"`
	Earlier      int    `json:"earlier_checkpoints"`
}

func main() {
	var keys, witnesses, proofs, earlier list
	tiles := flag.String("tiles", "", "directory with a tile tree for each ledger, named like it")
	sizes := flag.String("sizes", "", "sizes whose consistency is proved, separated by commas")
	every := flag.Int64("every", 16, "prove the inclusion of one entry in so many from tiles alone")
	flag.Var(&keys, "key", "vkey of a log, may be repeated")
	flag.Var(&witnesses, "witness", "vkey of a witness that must have cosigned every checkpoint, may be repeated")
	flag.Var(&proofs, "proof", "a .tlog-proof file, may be repeated")
	flag.Var(&earlier, "earlier", "an earlier checkpoint that the present one must continue, may be repeated")
	flag.Parse()

	told, err := audit(*tiles, *sizes, *every, keys, witnesses, proofs, earlier)
	if err != nil {
		fmt.Fprintln(os.Stderr, "auditor:", err)
		os.Exit(1)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(told); err != nil {
		fmt.Fprintln(os.Stderr, "auditor:", err)
		os.Exit(1)
	}
}

func audit(tiles, sizes string, every int64, keys, witnesses, proofs, earlier list) (*Told, error) {
	trust, err := NewTrust(keys, witnesses)
	if err != nil {
		return nil, err
	}
	told := &Told{Ledgers: map[string]*Counts{}}
	ledgers := map[string]*Ledger{}
	for _, origin := range trust.Origins() {
		name := origin[strings.LastIndex(origin, "/")+1:]
		if tiles == "" {
			continue
		}
		ledger, err := ReadLedger(filepath.Join(tiles, name), origin, trust)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		wanted, err := parseSizes(sizes, ledger.Size)
		if err != nil {
			return nil, err
		}
		if err := ledger.Check(every, wanted); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		ledgers[origin] = ledger
		told.Ledgers[name] = &ledger.Counts
	}
	for _, file := range earlier {
		if err := checkEarlier(file, trust, ledgers); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	for _, file := range proofs {
		if err := checkProof(file, trust, ledgers); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		told.Proofs++
	}
	return told, nil
}

// parseSizes reads the sizes that fit a ledger of this size.
func parseSizes(text string, size int64) ([]int64, error) {
	var sizes []int64
	for _, field := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' }) {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is no size", field)
		}
		if n <= size {
			sizes = append(sizes, n)
		}
	}
	return sizes, nil
}
