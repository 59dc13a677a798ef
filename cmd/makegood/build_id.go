package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"regexp"

	sdkworker "go.temporal.io/sdk/worker"
)

// version is the worker's under these settings: zero if it has none.
func (s DeploymentSettings) version() (sdkworker.WorkerDeploymentVersion, error) {
	if s.WorkerDeployment == "" {
		return sdkworker.WorkerDeploymentVersion{}, nil
	}
	build, err := buildID()
	return sdkworker.WorkerDeploymentVersion{DeploymentName: string(s.WorkerDeployment), BuildID: build}, err
}

var notInBuildID = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// buildID is the version that the build gave this binary, and a hash of the
// binary: two that were built of different sources are never taken for the same
// one, whatever version they were given, and one that runs in many places is.
// It reads all of the file, which takes some tenths of a second.
func buildID() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this binary for its build id: %w", err)
	}
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read this binary for its build id: %w", err)
	}
	defer func() { _ = file.Close() }()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", fmt.Errorf("read this binary for its build id: %w", err)
	}
	return fmt.Sprintf("%s-%.6x", notInBuildID.ReplaceAllString(version, "-"), hash.Sum(nil)), nil
}
