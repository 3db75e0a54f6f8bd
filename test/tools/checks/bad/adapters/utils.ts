export {} // utils.ts is no name for a thing: name it for what it holds
