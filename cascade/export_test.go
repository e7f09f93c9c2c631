package cascade

// Ways runs do with the scalar code and then with each length of vectors that this machine has.
var Ways = ways
