//go:build unix

package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// lock takes the writer's lock. The kernel drops it when the process ends, however it ends, so that
// a killed writer never blocks the next one; the process id in the file only serves the message.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock: %w", err)
		}
		owner, _ := io.ReadAll(io.LimitReader(f, 32))
		if pid, err := strconv.Atoi(strings.TrimSpace(string(owner))); err == nil {
			return nil, fmt.Errorf("%w: process %d", ErrBusy, pid)
		}
		return nil, ErrBusy
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		return nil, fmt.Errorf("lock: %w", errors.Join(err, f.Close()))
	}
	return f, nil
}

// unlock gives the writer's lock back.
func unlock(f *os.File) error {
	return errors.Join(f.Truncate(0), f.Close())
}
