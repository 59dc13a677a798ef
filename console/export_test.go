package console

// Draw is the picture of an order.
var Draw = draw
