package harness

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/temporalproto"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// recording is set by make record-histories; CONTRIBUTING says when.
var recording = flag.Bool("record", false, "write histories into tests/replay/histories")

// Record writes the history where tests/replay finds it, in the JSON of
// `temporal workflow show --output json`, if the tests run with -record. An older one stays beside it: open
// orders may still be on its path.
func Record(t testing.TB, name string, history *historypb.History) {
	t.Helper()
	if !*recording {
		return
	}
	anonymous := proto.CloneOf(history)
	require.NoError(t, protorange.Range(anonymous.ProtoReflect(), forget))
	text, err := temporalproto.CustomJSONMarshalOptions{Indent: "  "}.Marshal(anonymous)
	require.NoError(t, err)
	folder := filepath.Join("..", "replay", "histories")
	file := filepath.Join(folder, name+".json")
	if _, err := os.Stat(file); err == nil {
		file = filepath.Join(folder, name+time.Now().UTC().Format(".2006-01-02")+".json")
	}
	t.Log("recorded", file)
	require.NoError(t, os.WriteFile(file, append(text, '\n'), 0o644))
}

// forget takes out of a message what names the machine that recorded it:
// identities and sticky task queues hold its host name.
func forget(at protopath.Values) error {
	message, ok := at.Index(-1).Value.Interface().(protoreflect.Message)
	if !ok {
		return nil
	}
	if queue, ok := message.Interface().(*taskqueuepb.TaskQueue); ok && queue.GetKind() == enumspb.TASK_QUEUE_KIND_STICKY {
		queue.Name = "sticky"
	}
	for _, name := range []protoreflect.Name{"identity", "worker_identity"} {
		if field := message.Descriptor().Fields().ByName(name); field != nil && message.Has(field) {
			message.Set(field, protoreflect.ValueOfString("worker"))
		}
	}
	return nil
}
