// Package compose checks that docker-compose.yml and the binary that its image
// holds agree: on commands, on settings, on who waits for whom.
package compose
