// Nothing: the page computes.
