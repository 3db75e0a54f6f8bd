export {} // Traffic_Door.ts is not kebab-case
