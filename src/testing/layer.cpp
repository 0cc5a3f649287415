// Holds the place of the testing layer until its first source.
