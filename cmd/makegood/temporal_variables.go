package main

import (
	"fmt"
	"os"
	"strings"
)

// checkTemporalVariables refuses what envconfig passes over in silence, a
// switch that is neither on nor off or a file that isn't there: an operator
// who meant TLS must not go without.
func checkTemporalVariables() error {
	for _, name := range []string{"TEMPORAL_TLS", "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION"} {
		switch value := strings.ToLower(os.Getenv(name)); value {
		case "", "true", "false", "1", "0":
		default:
			return fmt.Errorf("%s: %q is neither true nor false", name, value)
		}
	}
	for _, name := range []string{
		"TEMPORAL_CONFIG_FILE", "TEMPORAL_TLS_CLIENT_CERT_PATH", "TEMPORAL_TLS_CLIENT_KEY_PATH", "TEMPORAL_TLS_SERVER_CA_CERT_PATH",
	} {
		path := os.Getenv(name)
		if path == "" {
			continue
		}
		if file, err := os.Open(path); err != nil {
			return fmt.Errorf("%s must name a file that can be read: %w", name, err)
		} else if err := file.Close(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// namesTemporal names the variables that envconfig's error is about.
func namesTemporal(err error) error {
	name := "TEMPORAL_CONFIG_FILE"
	switch text := err.Error(); {
	case strings.Contains(text, "find profile"):
		name = "TEMPORAL_PROFILE"
	case strings.Contains(text, "TLS"):
		name = "TEMPORAL_TLS_*"
	}
	return fmt.Errorf("%s: %w", name, err)
}
