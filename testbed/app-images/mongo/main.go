// A server that speaks MongoDB's protocol and keeps its data in SQLite: FerretDB, embedded. No registry that the test bed
// can use has MongoDB itself. It has no transactions over several documents, no change streams and no users.
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	// FerretDB warns of every connection that a client closes.
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: ":27017"},
		Handler:   "sqlite",
		SQLiteURL: "file:/data/db/",
	})
	if err != nil {
		slog.Error("cannot start", "error", err)
		os.Exit(1)
	}
	untilTold, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := server.Run(untilTold); err != nil {
		slog.Error("ended", "error", err)
		os.Exit(1)
	}
}
