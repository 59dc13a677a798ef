package main

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"
)

// connectWithin is how long Temporal has to answer at all.
const connectWithin = 10 * time.Second

// dialTemporal connects a command that asks Temporal itself, and says nothing
// of its own beside the command's output.
func dialTemporal(ctx context.Context) (c client.Client, namespace string, err error) {
	options, err := temporalOptions()
	if err != nil {
		return nil, "", err
	}
	options.Logger = silentLog{}
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	if c, err = client.DialContext(ctx, options); err != nil {
		return nil, "", fmt.Errorf("TEMPORAL_ADDRESS %s did not answer within %s: %w", options.HostPort, connectWithin, err)
	}
	return c, options.Namespace, nil
}
