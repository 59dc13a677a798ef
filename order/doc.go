// Package order holds the words that every part of makegood shares: what a
// shop asks for, what each step of its saga came to, and the story that those
// outcomes tell. It imports the standard library alone and does no I/O.
package order
