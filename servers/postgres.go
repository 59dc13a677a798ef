package servers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// PostgreSQLServer is PostgreSQL with its own defaults: each commit is on disk
// before it is answered. It has no Freeze of any use: only its first process
// would stop, and those that serve connections go on.
type PostgreSQLServer struct {
	*Process
	Address  string // host:port
	User     string // who may do everything
	Password string

	bin   string // the folder of its programs
	owner *owner
}

// HasPostgreSQL tells whether PostgreSQL's server is on PATH, or where Debian
// has it.
func HasPostgreSQL() bool { return postgresBin() != "" }

// PostgreSQL makes a database cluster and starts its server. It refuses to run
// as root: for root it runs as another user, in a temporary folder of its own
// even if there is a run folder, which that user need not be able to enter.
func PostgreSQL(ctx context.Context, options Options) (*PostgreSQLServer, error) {
	s := &PostgreSQLServer{bin: postgresBin(), User: "makegood", Password: rand.Text()}
	if s.bin == "" {
		return nil, errors.New("start postgresql: it is not installed (Debian: apt-get install postgresql)")
	}
	port, err := FreePort(options.Port)
	if err != nil {
		return nil, fmt.Errorf("start postgresql: %w", err)
	}
	s.Address = loopback(port)
	if s.owner, err = postgresOwner(); err != nil {
		return nil, fmt.Errorf("start postgresql: %w", err)
	}
	if s.owner != nil {
		options.Dir = ""
	}
	if s.Process, err = newProcess("postgresql", options.Dir); err != nil {
		return nil, err
	}
	if err := s.boot(ctx, port); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// boot returns when the server takes calls.
func (s *PostgreSQLServer) boot(ctx context.Context, port int) error {
	if err := s.owner.own(s.Dir); err != nil {
		return fmt.Errorf("start postgresql: %w", err)
	}
	if err := s.initialize(ctx); err != nil {
		return err
	}
	s.program = program{path: filepath.Join(s.bin, "postgres"), owner: s.owner, args: []string{
		"-D", s.data(), "-h", "127.0.0.1", "-p", strconv.Itoa(port),
		"-c", "unix_socket_directories=", "-c", "max_connections=200",
	}}
	// Its other processes have groups of their own. This signal has the first
	// one end them all without a word to the disk, and end after them; on its
	// own a SIGKILL leaves them to find out, while their files are removed.
	s.quit = syscall.SIGQUIT
	s.within = time.Minute
	s.ready = s.accepts
	return s.start(ctx)
}

func (s *PostgreSQLServer) data() string { return filepath.Join(s.Dir, "data") }

// initialize makes the cluster. A password keeps the machine's other users
// out, who could have PostgreSQL run programs. Its locale is always C: another
// orders text by rules that cost time.
func (s *PostgreSQLServer) initialize(ctx context.Context) error {
	password := filepath.Join(s.Dir, "password")
	if err := os.WriteFile(password, []byte(s.Password), 0o600); err != nil {
		return fmt.Errorf("start postgresql: %w", err)
	}
	if err := s.owner.own(password); err != nil {
		return fmt.Errorf("start postgresql: %w", err)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, "initdb"), "-D", s.data(), "-U", s.User,
		"--auth=scram-sha-256", "--pwfile="+password, "--encoding=UTF8", "--no-locale")
	cmd.Dir, cmd.Env = s.Dir, append(environment(), "HOME="+s.Dir)
	cmd.SysProcAttr = s.owner.runAs(&syscall.SysProcAttr{})
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make a PostgreSQL cluster: %w\n%s", err, text)
	}
	return nil
}

// postgresBin is the folder of PostgreSQL's programs: that of postgres on PATH,
// else Debian's newest, which is on nobody's. It is empty if there is none.
func postgresBin() string {
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil && onPath(filepath.Join(filepath.Dir(path), "initdb")) {
			return filepath.Dir(path)
		}
	}
	newest, bin := -1, ""
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // its one error is a bad pattern
	for _, folder := range folders {
		version, err := strconv.Atoi(filepath.Base(filepath.Dir(folder)))
		if err == nil && version > newest && onPath(filepath.Join(folder, "initdb")) {
			newest, bin = version, folder
		}
	}
	return bin
}

// accepts tells whether PostgreSQL would take a connection: its port is open
// before it has recovered from a crash.
func (s *PostgreSQLServer) accepts(ctx context.Context) error {
	host, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, "pg_isready"), "-q", "-h", host, "-p", port, "-d", "postgres", "-U", s.User)
	cmd.Env = environment()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("pg_isready: %w", err)
	}
	return nil
}
