export {} // utils.ts names no thing: name it for what it holds
