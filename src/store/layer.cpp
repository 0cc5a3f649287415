// Holds the place of the store layer until its first source.
